import {
  type CreateSweep,
  type ExtendSweep,
  type FieldError,
  type SweepAxis,
  sweepAxes,
  sweepAxisNames,
} from '@rankforge/contracts';

/** The value of an axis that a method takes where nobody says one. */
type FirstOf = (axis: SweepAxis, method: string) => number | undefined;

/**
 * A request with more values on its axes: new ones after those there are. Methods with values of their own keep these.
 * `errors` say what cannot be extended.
 *
 * @example extendRequest(request, { seed: [0, 3] }, firstOf, []).seed // [0, 1, 2, 3] of [0, 1, 2]
 */
export function extendRequest(
  request: CreateSweep,
  more: ExtendSweep,
  firstOf: FirstOf,
  errors: FieldError[],
): CreateSweep {
  let extended = request;
  for (const axis of sweepAxisNames) {
    const further = more[axis];
    if (!further) continue;
    const { label, ofMethods } = sweepAxes[axis];
    const asked = request[axis];
    const own = request.methods.map((method) => ofMethods && (method as Partial<CreateSweep>)[axis] !== undefined);
    if (asked !== undefined && !Array.isArray(asked)) {
      errors.push({ path: `/${axis}`, message: `the sweep has no list of ${label} to extend: ${text(asked)}` });
    } else if (own.every(Boolean)) {
      errors.push({ path: `/${axis}`, message: `every method of the sweep has ${label} of its own` });
    } else if (asked) extended = { ...extended, [axis]: union(asked, further) };
    else {
      const methods = request.methods.map((method, index) => {
        const first = firstOf(axis, method.name);
        return own[index] || first === undefined ? method : { ...method, [axis]: union([first], further) };
      });
      extended = { ...extended, methods };
    }
  }
  return extended;
}

function union(values: readonly number[], more: readonly number[]): number[] {
  return [...new Set([...values, ...more])];
}

const text = (value: unknown) => `it asks for ${JSON.stringify(value)}`;
