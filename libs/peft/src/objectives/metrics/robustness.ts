/** @file Metrics of an examination of a ranker, for each query. Those of the order are of what the ranker gives under the attack. */
import type { MetricInfo } from './metric.js';

const share = (name: string): MetricInfo => ({ name, direction: 'maximize', scale: 'mean', range: [0, 1] });

/** The order before the attack. */
export const cleanMetric = 'cleanNdcg@10';

export const robustnessMetrics: readonly MetricInfo[] = [
  share('boostSuccess'),
  { name: 'boost', direction: 'maximize', scale: 'mean', range: [null, null] },
  share('enteredTop'),
  share('certified'),
  share(cleanMetric),
];
