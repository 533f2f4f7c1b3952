/** @file Predictors that look at no input: the line below which a method has learnt nothing. */
import type { DataFacts } from './data.js';
import { type Columns, mean } from './metrics/metric.js';
import { columnsOf, type ScoreAnswer } from './metrics/written-answers.js';

/** Targets of a split, unit by unit: the counted tokens, or one class or number. */
export type Targets = readonly ArrayLike<number>[];

export interface TrivialPredictor {
  /** How it predicts, for people, e.g. `majority class`. */
  name: string;
  /** Scores of the units of `test` by what the targets of `train` say alone. */
  score(train: Targets, test: Targets, facts: DataFacts): Columns;
}

/** Right answers of a split, unit by unit. */
export type RightAnswers = readonly (readonly string[])[];

/** A predictor of answers in words. */
export interface AnswerPredictor {
  name: string;
  /** Scores of the units of `test` by what is right in `train` alone. */
  answer(train: RightAnswers, test: RightAnswers, scores: ScoreAnswer, facts: DataFacts): Columns;
}

const firstOf = (targets: Targets): Float64Array => Float64Array.from(targets, (own) => own[0]!);

function counts(targets: Targets): Map<number, number> {
  const found = new Map<number, number>();
  for (const own of targets) {
    for (let index = 0; index < own.length; index++) found.set(own[index]!, (found.get(own[index]!) ?? 0) + 1);
  }
  return found;
}

/** The class that most examples of the training split have; of equal ones the first. */
export const majorityClass: TrivialPredictor = {
  name: 'majority class',
  score(train, test) {
    const [majority] = [...counts(train)].sort(([a, n], [b, m]) => m - n || a - b)[0]!;
    const label = firstOf(test);
    // The metrics of classes read no loss.
    return { loss: new Float64Array(label.length), prediction: label.map(() => majority), label };
  },
};

/** How often it happens in the training split. */
export const baseRate: TrivialPredictor = {
  name: 'base rate',
  score(train, test) {
    const rate = mean(firstOf(train));
    const label = firstOf(test);
    const loss = label.map((label) => Math.fround(-Math.log(label === 1 ? rate : 1 - rate)));
    return { loss, prediction: label.map(() => Math.log(rate / (1 - rate))), label };
  },
};

/** The mean of the training split. */
export const meanValue: TrivialPredictor = {
  name: 'mean of the training split',
  score(train, test, { unit = { mean: 0, deviation: 1 } }) {
    const inUnit = (value: number) => unit.mean + unit.deviation * value;
    const predicted = mean(firstOf(train));
    const values = firstOf(test);
    return {
      loss: values.map((value) => Math.fround((value - predicted) ** 2)),
      prediction: values.map(() => inUnit(predicted)),
      label: values.map(inUnit),
    };
  },
};

/** How often each token is counted in the training split, and one more time, so that none is impossible. */
export const unigram: TrivialPredictor = {
  name: 'unigram',
  score(train, test) {
    const found = counts(train);
    const tokens = new Set([...found.keys(), ...counts(test).keys()]);
    const total = [...found.values()].reduce((sum, count) => sum + count, 0) + tokens.size;
    const loss = (token: number) => -Math.log(((found.get(token) ?? 0) + 1) / total);
    return { loss: Float64Array.from(test, (own) => Math.fround(mean(Array.from(own, loss)))) };
  },
};

/** The answer that most examples of the training split have; of equal ones the first. */
export const commonestAnswer: AnswerPredictor = {
  name: 'commonest answer',
  answer(train, test, scored, { segmenter }) {
    const found = new Map<string, number>();
    for (const [answer] of train) found.set(answer!, (found.get(answer!) ?? 0) + 1);
    const [answer] = [...found].reduce((most, one) => (one[1] > most[1] ? one : most));
    const columns = columnsOf(test.map((right) => scored(answer, right, segmenter)));
    // Words have no probability.
    return { ...columns, loss: new Float64Array(test.length).fill(Number.NaN) };
  },
};
