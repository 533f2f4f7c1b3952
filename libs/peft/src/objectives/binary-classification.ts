import { auc, logLoss } from './metrics/events.js';
import { defineObjective } from './objective.js';
import { baseRate } from './trivial.js';

/** Whether something happens, by the model's own logit. */
export const binaryClassification = defineObjective({
  name: 'binary-classification',
  title: 'Whether something happens',
  unit: 'example',
  on: 'event',
  outputs: () => undefined,
  answersByLargest: true,
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

/** `log(1 + exp(x))`, finite for every x. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
