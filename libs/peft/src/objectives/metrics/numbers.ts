/** @file Metrics of predicted numbers, from the columns `prediction` and `label` in the number's own unit. */
import * as correlation from './correlation.js';
import { type Metric, type MetricParts, mean } from './metric.js';

export const rmse: Metric = {
  name: 'rmse',
  direction: 'minimize',
  scale: 'mean',
  range: [0, null],
  parts: ({ prediction, label }) => rootOfMeanSquare(prediction!, label!),
};

export const pearson: Metric = {
  name: 'pearson',
  direction: 'maximize',
  scale: 'mean',
  range: [-1, 1],
  parts: ({ prediction, label }) => correlation.pearson(prediction!, label!),
};

export const spearman: Metric = {
  name: 'spearman',
  direction: 'maximize',
  scale: 'mean',
  range: [-1, 1],
  parts: ({ prediction, label }) => correlation.spearman(prediction!, label!),
};

/** √(mean squared error). Influence of e: `(error² − mse) / (2·rmse)`. */
function rootOfMeanSquare(predictions: Float64Array, labels: Float64Array): MetricParts {
  const squares = labels.map((label, index) => (predictions[index]! - label) ** 2);
  const mse = mean(squares);
  const value = Math.sqrt(mse);
  return { value, examples: squares.map((square) => (value === 0 ? 0 : value + (square - mse) / (2 * value))) };
}
