/** @file Scores of several models on the same units, and of one model on the units of each client. */
import { type Evaluation, findObjective, type Metrics, type ObjectiveName } from '@rankforge/peft';
import { mean, summarizeTold, type UnitScores } from '@rankforge/peft/extension';
import type { Partition } from './partition.js';

/** Metrics of the units of each client. A client without a unit is left out, and so is of a client what its units tell nothing of. */
export const metricsByClient = (
  { objective, columns }: Pick<UnitScores, 'objective' | 'columns'>,
  parts: Partition,
): Record<string, Metrics> =>
  Object.fromEntries(
    [...parts]
      .filter(([, indices]) => indices.length > 0)
      .map(([name, indices]) => {
        const own = Object.entries(columns).map(
          ([column, values]) => [column, Float64Array.from(indices, (index) => values[index]!)] as const,
        );
        return [name, summarizeTold({ objective, columns: Object.fromEntries(own) })];
      }),
  );

/** Metrics of the objective that follow from a mean by its exponential, such as perplexity. */
const exponentials = (objective: ObjectiveName): ReadonlySet<string> =>
  new Set(findObjective(objective).metrics.flatMap(({ name, scale }) => (scale === 'exp-mean' ? [name] : [])));

/** Metrics in the place of those of several models on the same units: those of `meanEvaluation`, where the scores of units are gone. */
export function meanMetrics(objective: ObjectiveName, all: readonly Metrics[]): Metrics {
  const [first] = all;
  if (all.length === 1) return first!;
  const bent = exponentials(objective);
  const over = (name: string) =>
    bent.has(name) ? Math.exp(mean(all.map((one) => Math.log(one[name]!)))) : mean(all.map((one) => one[name]!));
  return Object.fromEntries(Object.keys(first!).map((name) => [name, over(name)])) as Metrics;
}

/**
 * One evaluation in the place of those of several models: each unit scores the mean over the models, and a metric follows from its
 * units as it does for one model.
 */
export function meanEvaluation(evaluations: readonly Evaluation[]): Pick<Evaluation, 'metrics' | 'examples'> {
  const [first] = evaluations;
  const examples = Object.fromEntries(
    Object.entries(first!.examples).map(([name, values]) => [
      name,
      Float64Array.from(values, (_, unit) => mean(evaluations.map((one) => one.examples[name]![unit]!))),
    ]),
  );
  const bent = exponentials(first!.objective);
  const values = Object.entries(examples).map(([name, units]) => {
    const over = mean(units);
    return [name, bent.has(name) ? Math.exp(over) : over] as const;
  });
  const loss = mean(evaluations.map(({ metrics }) => metrics.loss));
  return { metrics: { loss, ...Object.fromEntries(values) }, examples };
}
