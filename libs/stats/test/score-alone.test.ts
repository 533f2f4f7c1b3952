import { describe, expect, it } from 'vitest';
import { comparePairs, crossedMean, furtherSeeds, leaderboard, type SeedResult } from '../src/index.js';
import { roundingVariance, smallestStep } from '../src/rounding.js';
import { vectors } from './support/vectors.js';

interface Expected {
  estimate: number;
  low: number;
  high: number;
}
interface Case {
  methods: number[][];
  confidence: number;
  range: [number, number];
  entries: Expected[];
  pairs: (Expected & { first: number; second: number; p: number; adjusted: number })[];
}

const row = (method: string, tests: (SeedResult['test'] & object)[]) => ({
  key: method,
  method,
  seeds: tests.map((test, seed) => ({ seed, validation: 0, test })),
});
const scores = (...all: number[]) => all.map((score) => ({ score }));

describe('a board of scores without their examples', () => {
  it.each(vectors<Case>('score-alone'))('agrees with scipy and statsmodels: case %#', (expected) => {
    const board = leaderboard({
      rows: expected.methods.map((of, index) => row(`m${index}`, scores(...of))),
      direction: 'maximize',
      range: expected.range,
      confidence: expected.confidence,
    });
    for (const { method, score } of board.entries) {
      const { estimate, low, high } = expected.entries[Number(method.slice(1))]!;
      expect(score).toMatchObject({ covers: 'seeds-only', examples: 1, seeds: expected.methods[0]!.length });
      expect([score!.estimate, score!.low, score!.high].map((value) => value.toFixed(9))).toEqual(
        [estimate, low, high].map((value) => value.toFixed(9)),
      );
    }
    expect(board.pairs).toHaveLength(expected.pairs.length);
    // The likeliest prior of more than two methods is found to about seven digits.
    const digits = expected.methods.length > 2 ? 6 : 9;
    for (const { first, second, ...pair } of expected.pairs) {
      const names = [`m${first}`, `m${second}`];
      const found = board.pairs.find(({ methods }) => methods.toSorted().join() === names.join())!;
      const sign = found.methods[0] === names[0] ? 1 : -1;
      expect(found.effect.estimate).toBeCloseTo(sign * pair.estimate, digits);
      expect(found.effect.low).toBeCloseTo(sign > 0 ? pair.low : -pair.high, digits);
      expect(found.p).toBeCloseTo(pair.p, digits);
      expect(found.adjustedP).toBeCloseTo(pair.adjusted, digits);
      expect(found.covers).toBe('seeds-only');
      expect(found.different).toBe(pair.adjusted <= 0.05);
    }
  });

  it('gives a single seed its score and no interval, letter or pair', () => {
    const { entries, pairs } = leaderboard({
      rows: [row('lora', scores(0.6, 0.62)), row('dora', scores(0.7)), row('vera', scores(0.5, 0.51))],
      direction: 'maximize',
    });
    expect(entries.map(({ method, single, score, letters }) => [method, single, score?.covers, letters])).toEqual([
      ['dora', 0.7, undefined, []],
      ['lora', undefined, 'seeds-only', ['a']],
      ['vera', undefined, 'seeds-only', ['b']],
    ]);
    expect(entries[0]!.unscored).toBe('one seed and no scores by example: nothing says how certain its score is');
    expect(pairs.map(({ methods }) => methods)).toEqual([['lora', 'vera']]);
  });

  it('takes perplexities apart before their exponential', () => {
    const { entries, pairs } = leaderboard({
      rows: [row('lora', scores(8, 2)), row('dora', scores(8))],
      direction: 'minimize',
      scale: 'exp-mean',
    });
    // The mean of log 8 and log 2 is log 4.
    expect(entries[0]!.score!.estimate).toBeCloseTo(4, 12);
    expect(entries[1]!.single).toBeCloseTo(8, 12);
    expect(pairs).toEqual([]);
  });

  it('reads examples as their mean where another seed, or the other side, has none', () => {
    const mixed = leaderboard({
      rows: [row('lora', [{ examples: [0, 1, 1, 1] }, { score: 0.5 }]), row('dora', scores(0.2, 0.3))],
      direction: 'maximize',
    });
    expect(mixed.entries[0]!.score).toMatchObject({ estimate: 0.625, covers: 'seeds-only' });
    const sides = leaderboard({
      rows: [row('lora', [{ examples: [0, 1, 1, 1] }, { examples: [1, 1, 1, 1] }]), row('dora', scores(0.2, 0.3))],
      direction: 'maximize',
    });
    expect(sides.entries.map(({ score }) => score!.covers)).toEqual(['seeds-and-examples', 'seeds-only']);
    // Differences of the seeds' means: 0.55 and 0.7.
    expect(sides.pairs).toMatchObject([{ pairing: 'seeds', covers: 'seeds-only' }]);
    expect(sides.pairs[0]!.effect.estimate).toBeCloseTo(0.625, 12);
    // scipy: ttest_rel([0.75, 1.0], [0.2, 0.3]).pvalue
    expect(sides.pairs[0]!.p).toBeCloseTo(0.07603081569589931, 9);
  });

  it('does not take seeds that agree in the count of right answers for certain', () => {
    // Right answers of 229 examples, in all the digits of a quotient.
    const counts = (...right: number[]) => scores(...right.map((count) => count / 229));
    const { entries, pairs } = leaderboard({
      rows: [row('lora', counts(131, 131)), row('dora', counts(129, 130))],
      direction: 'maximize',
    });
    // The variance of a uniform error of one example, of the mean of two seeds: t(1) at 97.5 % is 12.706204736.
    const reach = 12.706204736174694 * Math.sqrt(1 / 229 ** 2 / 12 / 2);
    expect(entries[0]!.score!.low).toBeCloseTo(131 / 229 - reach, 9);
    expect(entries[0]!.score!.high).toBeCloseTo(131 / 229 + reach, 9);
    expect(pairs[0]!.different).toBe(false);
  });

  it('does not tell apart two rows that differ by one example in every seed', () => {
    const { pairs } = leaderboard({
      rows: [row('lora', scores(131 / 229, 133 / 229)), row('dora', scores(130 / 229, 132 / 229))],
      direction: 'maximize',
    });
    // scipy: 2 * t.sf(1 / sqrt((1 / 12 + 1 / 12) / 2), 1)
    expect(pairs[0]!.p).toBeCloseTo(0.17891237502206672, 9);
  });

  it('keeps the interval of perplexities that are far apart within numbers', () => {
    const [entry] = leaderboard({
      rows: [row('lora', scores(3, 1e90))],
      direction: 'minimize',
      scale: 'exp-mean',
    }).entries;
    expect(entry!.score).toMatchObject({ low: 0, high: Number.MAX_VALUE });
  });

  it('keeps an interval within the range where every seed is at its end', () => {
    const [entry] = leaderboard({ rows: [row('lora', scores(1, 1))], direction: 'maximize', range: [0, 1] }).entries;
    expect(entry!.score).toMatchObject({ estimate: 1, low: 0, high: 1 });
  });

  it('holds what trains nothing, by its examples, against seeds of scores alone', () => {
    const untrained = { ...row('zero-shot', [{ examples: [0, 1, 0, 1] }]), seedless: true };
    const { pairs } = leaderboard({ rows: [untrained, row('lora', scores(0.8, 0.82, 0.84))], direction: 'maximize' });
    expect(pairs[0]).toMatchObject({ methods: ['lora', 'zero-shot'], covers: 'seeds-only' });
    // scipy: ttest_1samp([0.8, 0.82, 0.84], 0.5).pvalue
    expect(pairs[0]!.p).toBeCloseTo(0.0012995457082251778, 9);
  });

  it('says how many more seeds would tell a tie apart', () => {
    const { pairs } = leaderboard({ rows: [row('a', scores(2, 4)), row('b', scores(1, 1))], direction: 'maximize' });
    expect(furtherSeeds(pairs[0]!.tested, { level: 0.05 })!.further).toBeGreaterThan(0);
  });
});

it('leaves out a pair of single numbers', () => {
  expect(comparePairs([[{ seed: 0, examples: [1] }], [{ seed: 0, examples: [2] }]], 0.95)).toEqual([]);
  // scipy: t.interval(0.95, 1, loc=2, scale=sem([1, 3]))
  expect(crossedMean([[1], [3]], 0.95)).toMatchObject({ estimate: 2, covers: 'seeds-only' });
});

it.each([
  [[0.61, 0.6], 1, 0.01 ** 2 / 12],
  [[61, 62], 1, 1 / 12],
  [[1.25e-7], 1, 1e-18 / 12],
  [[4.5, 4], 2, 0.05 ** 2 / 12],
  // 0.5720000000000001
  [[57.2 / 100, 0.61], 1, 0.001 ** 2 / 12],
])('knows the rounding of %j', (all, by, variance) => {
  expect(roundingVariance(all, by) / variance).toBeCloseTo(1, 9);
});

it.each([
  [[0.1 + 0.2, 0.3, 0.35], 0.05],
  [[7, 3, 5], 2],
  [[0.5, 0.5], 0],
  [[], 0],
])('knows the smallest step of %j', (all, step) => {
  expect(smallestStep(all)).toBeCloseTo(step, 12);
});
