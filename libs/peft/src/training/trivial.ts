/** @file What a predictor scores that looks at no input: the line below which a method has learnt nothing. */
import type { ObjectiveName, Split, TaskData } from './data.js';
import { type ExampleScores, summarize } from './metrics.js';

export interface Trivial {
  /** How it predicts, for people, e.g. `majority class`. */
  name: string;
  metrics: Record<string, number>;
}

interface Predictor {
  name: string;
  /** Scores of the examples of `test` by what the targets of `train` say alone. */
  score(train: Targets, test: Targets, data: TaskData): Omit<ExampleScores, 'objective'>;
}

/** Targets of a split, example by example: the counted tokens, or one class or number. */
type Targets = readonly ArrayLike<number>[];

const firstOf = (targets: Targets): number[] => targets.map((own) => own[0]!);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function counts(targets: Targets): Map<number, number> {
  const found = new Map<number, number>();
  for (const own of targets) {
    for (let index = 0; index < own.length; index++) found.set(own[index]!, (found.get(own[index]!) ?? 0) + 1);
  }
  return found;
}

/** The class that most examples of the training split have; of equal ones the first. */
const majorityClass: Predictor = {
  name: 'majority class',
  score(train, test) {
    const [majority] = [...counts(train)].sort(([a, n], [b, m]) => m - n || a - b)[0]!;
    const labels = Float64Array.from(firstOf(test));
    // The metrics of classes read no loss.
    return { losses: new Float32Array(labels.length), predictions: labels.map(() => majority), labels };
  },
};

/** How often it happens in the training split. */
const baseRate: Predictor = {
  name: 'base rate',
  score(train, test) {
    const rate = mean(firstOf(train));
    const labels = Float64Array.from(firstOf(test));
    const losses = Float32Array.from(labels, (label) => -Math.log(label === 1 ? rate : 1 - rate));
    return { losses, predictions: labels.map(() => Math.log(rate / (1 - rate))), labels };
  },
};

/** The mean of the training split. */
const meanValue: Predictor = {
  name: 'mean of the training split',
  score(train, test, { unit = { mean: 0, deviation: 1 } }) {
    const inUnit = (value: number) => unit.mean + unit.deviation * value;
    const predicted = mean(firstOf(train));
    const values = firstOf(test);
    return {
      losses: Float32Array.from(values, (value) => (value - predicted) ** 2),
      predictions: Float64Array.from(values, () => inUnit(predicted)),
      labels: Float64Array.from(values, inUnit),
    };
  },
};

/** How often each token is counted in the training split, and one more time, so that none is impossible. */
const unigram: Predictor = {
  name: 'unigram',
  score(train, test) {
    const found = counts(train);
    const tokens = new Set([...found.keys(), ...counts(test).keys()]);
    const total = [...found.values()].reduce((sum, count) => sum + count, 0) + tokens.size;
    const loss = (token: number) => -Math.log(((found.get(token) ?? 0) + 1) / total);
    return { losses: Float32Array.from(test, (own) => mean(Array.from(own, loss))) };
  },
};

/** Completions have none: every prompt would have to be encoded to count their tokens. */
const predictors: Partial<Record<ObjectiveName, Predictor>> = {
  'language-modelling': unigram,
  classification: majorityClass,
  regression: meanValue,
  'image-classification': majorityClass,
  'binary-classification': baseRate,
};

/**
 * Metrics of the test split by a predictor that knows the targets of the training split and reads no input; undefined where
 * none is cheap.
 */
export function trivialScores(data: TaskData): Trivial | undefined {
  const predictor = predictors[data.objective];
  if (!predictor) return undefined;
  const scores = predictor.score(targetsOf(data.train), targetsOf(data.test), data);
  const { loss: _, ...metrics } = summarize({ objective: data.objective, ...scores });
  return {
    name: predictor.name,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value))),
  };
}

/** Examples that are assembled at a time: an image brings its pixels along. */
const CHUNK = 256;

function targetsOf(split: Split): Targets {
  const targets: ArrayLike<number>[] = [];
  for (let start = 0; start < split.size; start += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, split.size - start) }, (_, offset) => start + offset);
    const { targets: whole, values } = split.answers?.(indices) ?? split.batch(indices);
    const all = values ?? whole;
    const each = all.length / indices.length;
    for (let index = 0; index < indices.length; index++) {
      const own = all.slice(index * each, (index + 1) * each);
      targets.push(values ? own : own.filter((target) => target >= 0));
    }
  }
  return targets;
}
