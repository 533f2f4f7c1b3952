/** @file Parts that objectives over classes share, whatever a model reads. */
import { largestOf } from './answers.js';
import { accuracy, macroF1 } from './metrics/classes.js';
import type { Objective } from './objective.js';
import { majorityClass } from './trivial.js';

export const oneOfClasses = {
  unit: 'example',
  on: 'head',
  outputs({ classes }) {
    if (classes === undefined || classes < 2) {
      throw new Error(`Classification data must state at least 2 classes, got ${classes}`);
    }
    return classes;
  },
  answer: largestOf,
  sumsOver: 'units',
  count: ({ size }) => size,
  loss: (graph, logits) => graph.crossEntropy(logits),
  score(values, { size, targets }) {
    const classes = values.length / size;
    const loss = new Float64Array(size);
    const prediction = new Float64Array(size);
    for (let row = 0; row < size; row++) {
      const logits = values.subarray(row * classes, (row + 1) * classes);
      const largest = Math.max(...logits);
      const logSumExp = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
      loss[row] = Math.fround(logSumExp - logits[targets[row]!]!);
      prediction[row] = logits.indexOf(largest);
    }
    return { loss, prediction, label: Float64Array.from(targets) };
  },
  metrics: [accuracy, macroF1],
  trivial: majorityClass,
} satisfies Partial<Objective>;
