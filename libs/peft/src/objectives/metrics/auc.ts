/** @file The area under the ROC curve, with the influence of each example (see metric.ts). */
import type { MetricParts } from './metric.js';
import { groups, sorted } from './ranks.js';

/**
 * The share of pairs of an example where it happened (label 1) and one where it did not (label 0) in which the first has the
 * larger prediction; equal ones count half (Mann and Whitney 1947). Influence of e: `n/n′ · (its own share of won pairs −
 * AUC)`, with n′ the examples of its label (DeLong et al. 1988). Without a pair it is 0.5, which tells nothing.
 */
export function auc(predictions: Float64Array, labels: Float64Array): MetricParts {
  const n = labels.length;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = n - positives;
  if (positives === 0 || negatives === 0) {
    return { value: 0.5, examples: new Float64Array(n).fill(0.5), untold: true };
  }
  // Pairs of each example that are in the right order.
  const won = new Float64Array(n);
  let below = { positives: 0, negatives: 0 };
  for (const group of groups(sorted(predictions), predictions)) {
    const own = group.reduce((sum, index) => sum + labels[index]!, 0);
    const others = group.length - own;
    for (const index of group) {
      won[index] = labels[index] === 1 ? below.negatives + others / 2 : positives - below.positives - own / 2;
    }
    below = { positives: below.positives + own, negatives: below.negatives + others };
  }
  const value = won.reduce((sum, pairs, index) => sum + pairs * labels[index]!, 0) / (positives * negatives);
  const examples = won.map((pairs, index) => {
    const [alike, against] = labels[index] === 1 ? [positives, negatives] : [negatives, positives];
    return value + (n / alike) * (pairs / against - value);
  });
  return { value, examples };
}
