/** @file Metrics of a split from the scores of its examples. */
import type { Metrics } from './events.js';

export interface ExampleScores {
  /** Mean token loss (language modelling) or cross-entropy of each example, in nats. */
  losses: Float32Array;
  /** For classification: predicted and true class of each example. */
  predictions?: Int32Array;
  labels?: Int32Array;
}

/** Mean loss with perplexity, or with accuracy and macro-F1 (mean over classes that occur in labels or predictions). */
export function summarize({ losses, predictions, labels }: ExampleScores): Metrics {
  const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  if (predictions === undefined || labels === undefined) {
    return { loss, perplexity: Math.exp(loss) };
  }
  const correct = predictions.reduce((count, prediction, index) => count + Number(prediction === labels[index]), 0);
  return { loss, accuracy: correct / labels.length, macroF1: macroF1(predictions, labels) };
}

function macroF1(predictions: Int32Array, labels: Int32Array): number {
  const classes = [...new Set([...predictions, ...labels])];
  const f1 = classes.map((label) => {
    let hits = 0;
    let total = 0;
    labels.forEach((truth, index) => {
      const predicted = predictions[index] === label;
      hits += Number(predicted && truth === label);
      total += Number(predicted) + Number(truth === label);
    });
    return (2 * hits) / total;
  });
  return f1.reduce((sum, value) => sum + value, 0) / f1.length;
}
