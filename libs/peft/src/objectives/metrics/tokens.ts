/** @file The metric of next tokens. */
import { type Metric, mean } from './metric.js';

export const perplexity: Metric = {
  name: 'perplexity',
  direction: 'minimize',
  scale: 'exp-mean',
  range: [1, null],
  parts: ({ loss }) => ({ value: Math.exp(mean(loss!)), examples: loss! }),
};
