/** @file Metrics and the influence of each example, against scipy (test/oracle/metrics/metrics.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import type { Batch, Split } from '../src/objectives/data.js';
import { metricsOf } from '../src/objectives/registry.js';
import { metricParts, summarize, type UnitScores } from '../src/training/metrics.js';
import { trivialScores } from '../src/training/trivial.js';

interface Vector {
  cases: {
    name: string;
    predictions: number[];
    labels: number[];
    metrics: Record<string, { value: number; influences: number[] }>;
  }[];
}
const { cases } = JSON.parse(readFileSync(new URL('vectors/metrics/metrics.json', import.meta.url), 'utf8')) as Vector;

const objectiveOf = (metrics: object): UnitScores['objective'] => {
  if ('auc' in metrics) return 'binary-classification';
  return 'macroF1' in metrics ? 'classification' : 'regression';
};

describe.each(cases)('$name', ({ predictions, labels, metrics }) => {
  const scores: UnitScores = {
    objective: objectiveOf(metrics),
    columns: {
      loss: new Float64Array(labels.length),
      prediction: Float64Array.from(predictions),
      label: Float64Array.from(labels),
    },
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
      columns: { loss: Float64Array.of(1, 1), prediction: Float64Array.of(2, 2), label: Float64Array.of(1, 3) },
    });
    expect(metrics).toEqual({ loss: 1, rmse: 1, pearson: 0, spearman: 0 });
  });

  it('have no correlation where rounding leaves them a deviation', () => {
    const tenths = Float64Array.of(0.1, 0.1, 0.1);
    const columns = { loss: new Float64Array(3), prediction: tenths, label: tenths };
    expect(summarize({ objective: 'regression', columns })).toMatchObject({ pearson: 0, spearman: 0 });
  });

  it('correlations tell of labels that vary, and not of labels that are all the same', () => {
    const told = (label: number[]) => {
      const columns = {
        loss: new Float64Array(3),
        prediction: Float64Array.of(2, 2, 2),
        label: Float64Array.from(label),
      };
      const { pearson, spearman } = metricParts({ objective: 'regression', columns });
      return [pearson!, spearman!].map(({ value, untold }) => [value, untold]);
    };
    expect(told([1, 2, 3])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
    expect(told([4, 4, 4])).toEqual([
      [0, true],
      [0, true],
    ]);
  });

  it('have an error of 0 with no spread where all are right', () => {
    const parts = metricParts({
      objective: 'regression',
      columns: { loss: new Float64Array(2), prediction: Float64Array.of(1, 3), label: Float64Array.of(1, 3) },
    });
    expect(parts.rmse).toEqual({ value: 0, examples: Float64Array.of(0, 0) });
  });
});

describe('events', () => {
  it('all of one kind have no pair to compare: 0.5 with no spread', () => {
    const parts = metricParts({
      objective: 'binary-classification',
      columns: { loss: Float64Array.of(0.5, 1.5), prediction: Float64Array.of(1, 3), label: Float64Array.of(1, 1) },
    });
    expect(parts.auc).toEqual({ value: 0.5, examples: Float64Array.of(0.5, 0.5), untold: true });
    expect(parts.logLoss).toEqual({ value: 1, examples: Float64Array.of(0.5, 1.5) });
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

describe('a predictor that reads no input', () => {
  /** A split of which only the targets are there: rows of tokens, or a class or number of each example. */
  function split(rows: number[][], numbers = false): Split {
    return {
      size: rows.length,
      batch(indices): Batch {
        const flat = indices.flatMap((index) => rows[index]!);
        const lengths = new Int32Array(indices.length);
        const of = { size: indices.length, sequence: 0, inputs: new Int32Array(0), lengths };
        return numbers
          ? { ...of, targets: new Int32Array(0), values: Float32Array.from(flat) }
          : { ...of, targets: Int32Array.from(flat) };
      },
    };
  }
  const data = (
    objective: TaskData['objective'],
    train: number[][],
    test: number[][],
    more: Partial<TaskData> = {},
  ) => {
    const numbers = objective === 'regression';
    return { objective, train: split(train, numbers), validation: split([]), test: split(test, numbers), ...more };
  };

  it('says the class that most training examples have', () => {
    const train = Array.from({ length: 600 }, (_, index) => [index % 3 === 0 ? 0 : 1]);
    expect(trivialScores(data('classification', train, [[1], [0], [1], [1]]))).toEqual({
      name: 'majority class',
      // F1 of the class that is always said is 2·3 / (4 + 3); of the other 0.
      metrics: { accuracy: 0.75, macroF1: 3 / 7 },
    });
  });

  it('says the mean of the training numbers, in their unit', () => {
    const of = data('regression', [[1], [-1], [0.5], [-0.5]], [[1], [-2]], { unit: { mean: 10, deviation: 2 } });
    expect(trivialScores(of)).toEqual({
      name: 'mean of the training split',
      metrics: { rmse: Math.sqrt((4 + 16) / 2), pearson: 0, spearman: 0 },
    });
  });

  it('says how often it happens', () => {
    const { name, metrics } = trivialScores(data('binary-classification', [[1], [0], [0], [0]], [[1], [0]]))!;
    expect([name, metrics.auc]).toEqual(['base rate', 0.5]);
    expect(metrics.logLoss).toBeCloseTo(-(Math.log(0.25) + Math.log(0.75)) / 2, 6);
  });

  it('says how often a token is counted, and leaves out what does not count', () => {
    const rows = (...all: number[][]) => all;
    const train = rows([7, 7, -1], [7, 2, -1]);
    const { name, metrics } = trivialScores(data('language-modelling', train, rows([-1, 7, 2], [-1, -1, 5])))!;
    // Of 4 counted tokens and the 3 that there are: 7 has 4 of 7, 2 has 2, 5 has 1.
    const losses = [-(Math.log(4 / 7) + Math.log(2 / 7)) / 2, -Math.log(1 / 7)];
    expect(name).toBe('unigram');
    expect(metrics.perplexity).toBeCloseTo(Math.exp((losses[0]! + losses[1]!) / 2), 5);
  });

  it('is left out where every prompt would have to be encoded for it', () => {
    expect(trivialScores(data('instruction-tuning', [[1]], [[1]]))).toBeUndefined();
  });

  it('asks for answers alone where a split gives them', () => {
    const answers = (indices: readonly number[]) => ({ targets: Int32Array.from(indices, () => 1) });
    const own = { size: 4, answers, batch: () => expect.unreachable('inputs were assembled') };
    expect(trivialScores({ ...data('classification', [], []), train: own, test: own })!.metrics.accuracy).toBe(1);
  });
});
