/**
 * @file Metrics of a split from the scores of its examples, and how each metric falls apart into its examples, which is
 * what statistics are made of.
 *
 * A mean (accuracy) is its examples' own scores. Any other metric θ is taken apart by its influence function (Hampel
 * 1974; the infinitesimal jackknife of Jaeckel 1972): with example e weighing 1 + w·n instead of 1, the score of e is
 * θ + dθ/dw at w = 0. The mean of these scores is θ, and their spread is the sampling error of θ to first order.
 */

import { auc } from './auc.js';
import { pearson, spearman } from './correlation.js';
import type { ObjectiveName } from './data.js';
import type { Metrics } from './events.js';
import type { MetricParts } from './metric-parts.js';

export interface ExampleScores {
  objective: ObjectiveName;
  /** Mean token loss or cross-entropy of each example, in nats; squared error of standardised values for regression. */
  losses: Float32Array;
  /**
   * For classification predicted and true class of each example, for regression predicted and true number, for binary
   * classification the logit and 1 where it happened, else 0.
   */
  predictions?: Float64Array;
  labels?: Float64Array;
}

export interface MetricInfo {
  name: string;
  direction: 'minimize' | 'maximize';
  /** How the metric follows from the scores of examples. */
  scale: 'mean' | 'exp-mean';
  /** Lowest and highest value that it can have; null where there is none. Intervals and axes stay inside. */
  range: [lowest: number | null, highest: number | null];
}

interface Metric extends Omit<MetricInfo, 'name'> {
  parts(losses: Float32Array, predictions: Float64Array, labels: Float64Array): MetricParts;
}

const metrics = {
  perplexity: {
    direction: 'minimize',
    scale: 'exp-mean',
    range: [1, null],
    parts: (losses) => ({ value: Math.exp(mean(losses)), examples: losses }),
  },
  accuracy: {
    direction: 'maximize',
    scale: 'mean',
    range: [0, 1],
    parts(_, predictions, labels) {
      const right = labels.map((label, index) => Number(predictions[index] === label));
      return { value: right.reduce((sum, hit) => sum + hit, 0) / right.length, examples: right };
    },
  },
  macroF1: {
    direction: 'maximize',
    scale: 'mean',
    range: [0, 1],
    parts: (_, predictions, labels) => macroF1(predictions, labels),
  },
  rmse: {
    direction: 'minimize',
    scale: 'mean',
    range: [0, null],
    parts: (_, predictions, labels) => rmse(predictions, labels),
  },
  pearson: {
    direction: 'maximize',
    scale: 'mean',
    range: [-1, 1],
    parts: (_, predictions, labels) => pearson(predictions, labels),
  },
  spearman: {
    direction: 'maximize',
    scale: 'mean',
    range: [-1, 1],
    parts: (_, predictions, labels) => spearman(predictions, labels),
  },
  auc: {
    direction: 'maximize',
    scale: 'mean',
    range: [0, 1],
    parts: (_, predictions, labels) => auc(predictions, labels),
  },
  logLoss: {
    direction: 'minimize',
    scale: 'mean',
    range: [0, null],
    parts: (losses) => ({ value: mean(losses), examples: losses }),
  },
} satisfies Record<string, Metric>;

const names: Record<ObjectiveName, readonly (keyof typeof metrics)[]> = {
  'language-modelling': ['perplexity'],
  'instruction-tuning': ['perplexity'],
  classification: ['accuracy', 'macroF1'],
  regression: ['rmse', 'pearson', 'spearman'],
  'image-classification': ['accuracy', 'macroF1'],
  'binary-classification': ['auc', 'logLoss'],
};

/** What an objective is measured by; the first is the one that ranks unless somebody says otherwise. */
export function metricsOf(objective: ObjectiveName): MetricInfo[] {
  return names[objective].map((name) => {
    const { direction, scale, range } = metrics[name];
    return { name, direction, scale, range };
  });
}

/** Mean loss and the metrics of the objective. */
export function summarize(scores: ExampleScores): Metrics {
  const parts = metricParts(scores);
  return {
    loss: mean(scores.losses),
    ...Object.fromEntries(Object.entries(parts).map(([name, { value }]) => [name, value])),
  };
}

/** Every metric of the objective with the scores of its examples. */
export function metricParts({ objective, losses, predictions, labels }: ExampleScores): Record<string, MetricParts> {
  const none = new Float64Array(0);
  return Object.fromEntries(
    names[objective].map((name) => [name, metrics[name].parts(losses, predictions ?? none, labels ?? none)]),
  );
}

/**
 * Mean over the classes that occur in labels or predictions of `2·hits / (labels + predictions)`. Influence of e:
 * `n/C · Σ over classes c of (2·hit(e, c) − F1(c)·(predicted(e, c) + labelled(e, c))) / (labels(c) + predictions(c))`.
 */
function macroF1(predictions: Float64Array, labels: Float64Array): MetricParts {
  const hits = new Map<number, number>();
  const totals = new Map<number, number>();
  const add = (counts: Map<number, number>, key: number) => counts.set(key, (counts.get(key) ?? 0) + 1);
  labels.forEach((label, index) => {
    const prediction = predictions[index]!;
    add(totals, label);
    add(totals, prediction);
    if (label === prediction) add(hits, label);
  });
  const f1 = new Map([...totals].map(([label, total]) => [label, (2 * (hits.get(label) ?? 0)) / total]));
  const value = [...f1.values()].reduce((sum, score) => sum + score, 0) / f1.size;
  const share = labels.length / f1.size;
  const pull = (label: number) => f1.get(label)! / totals.get(label)!;
  const examples = labels.map((label, index) => {
    const prediction = predictions[index]!;
    const gain = label === prediction ? 2 / totals.get(label)! : 0;
    return value + share * (gain - pull(label) - pull(prediction));
  });
  return { value, examples };
}

/** √(mean squared error), in the number's own unit. Influence of e: `(error² − mse) / (2·rmse)`. */
function rmse(predictions: Float64Array, labels: Float64Array): MetricParts {
  const squares = labels.map((label, index) => (predictions[index]! - label) ** 2);
  const mse = mean(squares);
  const value = Math.sqrt(mse);
  return { value, examples: squares.map((square) => (value === 0 ? 0 : value + (square - mse) / (2 * value))) };
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}
