/** @file Metrics of classes, from the columns `prediction` and `label`. */
import { type Metric, type MetricParts, mean } from './metric.js';

export const accuracy: Metric = {
  name: 'accuracy',
  direction: 'maximize',
  scale: 'mean',
  range: [0, 1],
  parts({ prediction, label }) {
    const right = label!.map((label, index) => Number(prediction![index] === label));
    return { value: mean(right), examples: right };
  },
};

export const macroF1: Metric = {
  name: 'macroF1',
  direction: 'maximize',
  scale: 'mean',
  range: [0, 1],
  parts: ({ prediction, label }) => meanF1(prediction!, label!),
};

/**
 * Mean over the classes that occur in labels or predictions of `2·hits / (labels + predictions)`. Influence of e:
 * `n/C · Σ over classes c of (2·hit(e, c) − F1(c)·(predicted(e, c) + labelled(e, c))) / (labels(c) + predictions(c))`.
 */
function meanF1(predictions: Float64Array, labels: Float64Array): MetricParts {
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
