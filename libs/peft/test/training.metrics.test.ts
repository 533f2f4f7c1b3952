/** @file Metrics and the influence of each example, against scipy (test/oracle/metrics/metrics.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ExampleScores, metricParts, metricsOf, summarize } from '../src/training/metrics.js';

interface Vector {
  cases: {
    name: string;
    predictions: number[];
    labels: number[];
    metrics: Record<string, { value: number; influences: number[] }>;
  }[];
}
const { cases } = JSON.parse(readFileSync(new URL('vectors/metrics/metrics.json', import.meta.url), 'utf8')) as Vector;

const objectiveOf = (metrics: object): ExampleScores['objective'] => {
  if ('auc' in metrics) return 'binary-classification';
  return 'macroF1' in metrics ? 'classification' : 'regression';
};

describe.each(cases)('$name', ({ predictions, labels, metrics }) => {
  const scores: ExampleScores = {
    objective: objectiveOf(metrics),
    losses: new Float32Array(labels.length),
    predictions: Float64Array.from(predictions),
    labels: Float64Array.from(labels),
  };

  it.each(Object.keys(metrics))('has the value of %s and the influence of every example', (name) => {
    const { value, examples } = metricParts(scores)[name]!;
    const expected = metrics[name]!;
    expect(value).toBeCloseTo(expected.value, 12);
    expect(summarize(scores)[name]).toBe(value);
    Array.from(examples).forEach((score, e) => {
      expect(score - value, `example ${e}`).toBeCloseTo(expected.influences[e]!, 5);
    });
    expect(Array.from(examples).reduce((sum, score) => sum + score, 0) / labels.length).toBeCloseTo(value, 12);
  });
});

describe('predictions that do not vary', () => {
  it('have no correlation, and an error all the same', () => {
    const metrics = summarize({
      objective: 'regression',
      losses: Float32Array.of(1, 1),
      predictions: Float64Array.of(2, 2),
      labels: Float64Array.of(1, 3),
    });
    expect(metrics).toEqual({ loss: 1, rmse: 1, pearson: 0, spearman: 0 });
  });

  it('that are all right have an error of 0 with no spread', () => {
    const parts = metricParts({
      objective: 'regression',
      losses: new Float32Array(2),
      predictions: Float64Array.of(1, 3),
      labels: Float64Array.of(1, 3),
    });
    expect(parts.rmse).toEqual({ value: 0, examples: Float64Array.of(0, 0) });
  });
});

describe('events', () => {
  it('all of one kind have no pair to compare: 0.5 with no spread', () => {
    const parts = metricParts({
      objective: 'binary-classification',
      losses: Float32Array.of(0.5, 1.5),
      predictions: Float64Array.of(1, 3),
      labels: Float64Array.of(1, 1),
    });
    expect(parts.auc).toEqual({ value: 0.5, examples: Float64Array.of(0.5, 0.5) });
    expect(parts.logLoss).toEqual({ value: 1, examples: Float32Array.of(0.5, 1.5) });
  });
});

it('names metrics with their direction and range, the one that ranks first', () => {
  expect(metricsOf('regression')).toEqual([
    { name: 'rmse', direction: 'minimize', scale: 'mean', range: [0, null] },
    { name: 'pearson', direction: 'maximize', scale: 'mean', range: [-1, 1] },
    { name: 'spearman', direction: 'maximize', scale: 'mean', range: [-1, 1] },
  ]);
  expect(metricsOf('instruction-tuning')).toEqual([
    { name: 'perplexity', direction: 'minimize', scale: 'exp-mean', range: [1, null] },
  ]);
});
