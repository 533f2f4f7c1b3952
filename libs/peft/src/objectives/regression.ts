import { valuesOf } from './answers.js';
import { pearson, rmse, spearman } from './metrics/numbers.js';
import { defineObjective } from './objective.js';
import { meanValue } from './trivial.js';

/** A number for a text, by its squared error. */
export const regression = defineObjective({
  name: 'regression',
  title: 'Number for a text',
  examples: 'numbered',
  unit: 'example',
  on: 'head',
  outputs: () => 1,
  sumsOver: 'units',
  count: ({ size }) => size,
  loss: (graph, outputs) => graph.squaredError(outputs),
  score(predicted, batch, { unit = { mean: 0, deviation: 1 } }) {
    const values = valuesOf(batch);
    const inUnit = (value: number) => unit.mean + unit.deviation * value;
    return {
      loss: Float64Array.from(predicted, (value, row) => Math.fround((value - values[row]!) ** 2)),
      prediction: Float64Array.from(predicted, inUnit),
      label: Float64Array.from(values, inUnit),
    };
  },
  metrics: [rmse, pearson, spearman],
  trivial: meanValue,
});
