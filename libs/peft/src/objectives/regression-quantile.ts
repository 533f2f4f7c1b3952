import { valuesOf } from './answers.js';
import type { DataFacts } from './data.js';
import { type Columns, type Metric, mean, meanOf } from './metrics/metric.js';
import { defineObjective } from './objective.js';

/** Shares of the numbers that are to lie below each output. */
const levels = [0.1, 0.5, 0.9] as const;
/** Share of the numbers that is to lie between the first and the last. */
const wanted = levels.at(-1)! - levels[0];

/** `max(τ·(y − ŷ), (τ − 1)·(y − ŷ))` of the error `ŷ − y` (Koenker and Bassett 1978). */
const pinball = (error: number, level: number): number => Math.max(error, 0) - level * error;

/** How far the share of numbers between the outer quantiles is from what it is to be. It is linear in the weight of an example. */
const coverageError: Metric = {
  name: 'coverageError',
  direction: 'minimize',
  scale: 'mean',
  // No share: its error at 0 is that of a mean, and a logit would make the interval of the best one the widest.
  range: [0, null],
  parts({ covered }) {
    const share = mean(covered!);
    const value = Math.abs(share - wanted);
    return { value, examples: covered!.map((one) => value + Math.sign(share - wanted) * (one - share)) };
  },
};

/** Three quantiles of a number for a text: 0.1, 0.5 and 0.9. */
export const regressionQuantile = defineObjective({
  name: 'regression-quantile',
  title: 'Quantiles of a number for a text',
  examples: 'numbered',
  unit: 'example',
  on: 'head',
  outputs: () => levels.length,
  sumsOver: 'units',
  count: ({ size }) => size,
  loss(graph, outputs) {
    const errors = graph.errors(outputs);
    const above = graph.weightedSum(graph.relu(errors), perOutput(levels.map(() => 1)));
    return graph.add(above, graph.weightedSum(errors, perOutput(levels.map((level) => -level))));
  },
  score: (read, batch, facts) =>
    scores(Array.from(valuesOf(batch)), (row) => read.subarray(row * levels.length), facts),
  metrics: [
    meanOf('pinball', { name: 'pinball', direction: 'minimize', range: [0, null] }),
    meanOf('absoluteError', { name: 'mae', direction: 'minimize', range: [0, null] }),
    coverageError,
  ],
  trivial: {
    name: 'quantiles of the training split',
    score(train, test, facts) {
      const sorted = Float64Array.from(train, (own) => own[0]!).sort();
      const quantiles = levels.map((level) => quantileOf(sorted, level));
      return scores(
        test.map((own) => own[0]!),
        () => quantiles,
        facts,
      );
    },
  },
});

/** Weights of every row's outputs; the loss is the mean over the levels. */
const perOutput =
  (weights: readonly number[]) =>
  ({ size }: { size: number }) =>
    Float32Array.from({ length: size * levels.length }, (_, at) => weights[at % levels.length]! / levels.length);

/** Columns from standardised values and predictions of each row. */
function scores(
  values: readonly number[],
  predicted: (row: number) => ArrayLike<number>,
  { unit: { deviation } = { mean: 0, deviation: 1 } }: DataFacts,
): Columns {
  const each = (of: (value: number, quantiles: ArrayLike<number>) => number) =>
    Float64Array.from(values, (value, row) => of(value, predicted(row)));
  const loss = each((value, quantiles) => mean(levels.map((level, at) => pinball(quantiles[at]! - value, level))));
  return {
    loss,
    pinball: loss.map((one) => one * deviation),
    absoluteError: each((value, quantiles) => Math.abs(quantiles[1]! - value) * deviation),
    covered: each((value, quantiles) => Number(quantiles[0]! <= value && value <= quantiles[levels.length - 1]!)),
  };
}

/** With straight lines between the order statistics. */
function quantileOf(sorted: Float64Array, level: number): number {
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (place - below) * (next - sorted[below]!);
}
