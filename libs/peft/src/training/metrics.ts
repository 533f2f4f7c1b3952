/** @file Metrics of a split from the scores of its units. */
import { type Columns, type MetricParts, mean } from '../objectives/metrics/metric.js';
import { findObjective, type ObjectiveName } from '../objectives/registry.js';
import type { Metrics } from './events.js';
import type { KeptPlaces } from './kept-places.js';
import type { Written } from './written.js';

export interface UnitScores {
  objective: ObjectiveName;
  /** Scores of the units of a split by name; `loss` is always among them where a model was run on the split. */
  columns: Columns;
  /** Places of rows that count, where units are orders of rows and the caller asked for them. */
  places?: KeptPlaces;
  /** Where answers are written. */
  written?: Pick<Written, 'answers' | 'samples'>;
}

/** Mean loss and the metrics of the objective. */
export const summarize = (scores: UnitScores): Metrics => metricsOf(scores, Object.entries(metricParts(scores)));

/** Mean loss and those metrics of which the units tell something. */
export const summarizeTold = (scores: UnitScores): Metrics =>
  metricsOf(
    scores,
    Object.entries(metricParts(scores)).filter(([, { untold }]) => !untold),
  );

const metricsOf = ({ columns }: UnitScores, parts: readonly [name: string, MetricParts][]): Metrics => ({
  loss: mean(columns.loss!),
  ...Object.fromEntries(parts.map(([name, { value }]) => [name, value])),
});

/** Every metric of the objective with the scores of its units. */
export const metricParts = ({ objective, columns }: UnitScores): Record<string, MetricParts> =>
  Object.fromEntries(findObjective(objective).metrics.map(({ name, parts }) => [name, parts(columns)]));
