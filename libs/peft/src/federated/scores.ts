/** @file Scores of several models on the same units, and of one model on the units of each client. */
import { mean } from '../objectives/metrics/metric.js';
import { findObjective } from '../objectives/registry.js';
import type { Evaluation } from '../training/evaluate.js';
import type { Metrics } from '../training/events.js';
import { summarize, type UnitScores } from '../training/metrics.js';
import type { Partition } from './partition.js';

/** Metrics of the units of each client. One without a unit is left out. */
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
        return [name, summarize({ objective, columns: Object.fromEntries(own) })];
      }),
  );

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
  const scales = new Map(findObjective(first!.objective).metrics.map(({ name, scale }) => [name, scale]));
  const values = Object.entries(examples).map(([name, units]) => {
    const over = mean(units);
    return [name, scales.get(name) === 'exp-mean' ? Math.exp(over) : over] as const;
  });
  const loss = mean(evaluations.map(({ metrics }) => metrics.loss));
  return { metrics: { loss, ...Object.fromEntries(values) }, examples };
}
