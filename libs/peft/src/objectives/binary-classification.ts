import { softplus } from './answers.js';
import { auc, logLoss } from './metrics/events.js';
import { defineObjective } from './objective.js';
import { baseRate } from './trivial.js';

/** Whether something happens, by the model's own logit. */
export const binaryClassification = defineObjective({
  name: 'binary-classification',
  title: 'Whether something happens',
  examples: 'fields',
  unit: 'example',
  on: 'event',
  outputs: () => undefined,
  // Beside the logit of what does not happen, which is 0.
  answer: ([logit]) => Number(logit! > 0),
  sumsOver: 'units',
  count: ({ size }) => size,
  loss: (graph, logits) => graph.binaryCrossEntropy(logits),
  score: (logits, { targets }) => ({
    loss: Float64Array.from(logits, (logit, row) => Math.fround(softplus(targets[row] === 1 ? -logit : logit))),
    prediction: Float64Array.from(logits),
    label: Float64Array.from(targets),
  }),
  metrics: [auc, logLoss],
  trivial: baseRate,
});
