import type { CreateSweep, ExtendSweep, FieldError } from '@rankforge/contracts';

/** What a method trains at where nobody says. */
type FirstLearningRate = (method: string) => number | undefined;

/**
 * A request with more values on its axes: new ones after those there are. Methods with ranks or learning rates of their own
 * keep these. `errors` say what cannot be extended.
 *
 * @example extendRequest(request, { seed: [0, 3] }, rateOf, []).seed // [0, 1, 2, 3] of [0, 1, 2]
 */
export function extendRequest(
  request: CreateSweep,
  more: ExtendSweep,
  firstLearningRate: FirstLearningRate,
  errors: FieldError[],
): CreateSweep {
  const { seed = [], memoryBudgetMiB = [], rank, learningRate } = more;
  const extended = {
    ...request,
    seed: union(request.seed, seed),
    memoryBudgetMiB: union(request.memoryBudgetMiB, memoryBudgetMiB),
  };
  if (rank) {
    if (!Array.isArray(request.rank)) {
      errors.push({ path: '/rank', message: `the sweep has no list of ranks to extend: ${text(request.rank)}` });
    } else if (request.methods.every((method) => method.rank !== undefined)) {
      errors.push({ path: '/rank', message: 'every method of the sweep has ranks of its own' });
    } else extended.rank = union(request.rank, rank);
  }
  if (learningRate) {
    const own = request.methods.map((method) => method.learningRate !== undefined);
    if (request.learningRate !== undefined && !Array.isArray(request.learningRate)) {
      const message = `the sweep has no list of learning rates to extend: ${text(request.learningRate)}`;
      errors.push({ path: '/learningRate', message });
    } else if (own.every(Boolean)) {
      errors.push({ path: '/learningRate', message: 'every method of the sweep has learning rates of its own' });
    } else if (request.learningRate) extended.learningRate = union(request.learningRate, learningRate);
    else {
      extended.methods = request.methods.map((method, index) => {
        const first = firstLearningRate(method.name);
        if (own[index] || first === undefined) return method;
        return { ...method, learningRate: union([first], learningRate) };
      });
    }
  }
  return extended;
}

function union(values: readonly number[], more: readonly number[]): number[] {
  return [...new Set([...values, ...more])];
}

const text = (value: unknown) => `it asks for ${JSON.stringify(value)}`;
