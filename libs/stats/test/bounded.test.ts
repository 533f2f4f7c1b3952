import { describe, expect, it } from 'vitest';
import { type Configuration, crossedMean, leaderboard, type Range, withinRange } from '../src/index.js';
import { vectors } from './support/vectors.js';

interface Case {
  scores: number[][];
  range: [number | null, number | null];
  confidence: number;
  estimate: number;
  low: number;
  high: number;
}

describe('withinRange', () => {
  it.each(vectors<Case>('bounded'))('agrees with scipy: range $range, case %#', (expected) => {
    const plain = crossedMean(expected.scores, expected.confidence);
    const { estimate, low, high } = withinRange(plain, expected.confidence, expected.range);
    expect(estimate).toBeCloseTo(expected.estimate, 12);
    expect(low).toBeCloseTo(expected.low, 9);
    expect(high).toBeCloseTo(expected.high, 9);
  });

  it('leaves a score without width where nothing varies between the ends', () => {
    const flat = crossedMean([[0.5, 0.5]], 0.95);
    expect(withinRange(flat, 0.95, [0, 1])).toEqual(flat);
  });
});

interface Opposite {
  examples: [number, number];
  confidence: number;
  low: number;
  p: number;
}

describe('a method that is right of all examples beside one that is right of none', () => {
  const row = (key: string, score: number, [count, seeds]: [number, number]): Configuration => ({
    key,
    method: key,
    // Luck of a seed is no matter here: one run is enough.
    seedless: true,
    seeds: Array.from({ length: seeds }, (_, seed) => ({
      seed,
      validation: 0,
      test: { examples: new Array<number>(count).fill(score) },
    })),
  });
  const pairOf = ([all, none]: [number, number], seeds: number, range: Range = [0, 1]) =>
    leaderboard({
      rows: [row('all', 1, [all, seeds]), row('none', 0, [none, seeds])],
      direction: 'maximize',
      range,
    }).pairs[0]!;

  it.each(vectors<Opposite>('opposite'))('has the p and the interval of scipy: $examples', ({ examples, low, p }) => {
    for (const seeds of [1, 3]) {
      const pair = pairOf(examples, seeds);
      expect(pair.p / p).toBeCloseTo(1, 8);
      expect(pair.effect.low).toBeCloseTo(Math.max(-1, low), 10);
      expect(pair.effect.estimate).toBeCloseTo(1, 12);
      expect([pair.effect.high, pair.different]).toEqual([1, p <= 0.05]);
      expect(pair.simultaneous.low).toBeCloseTo(Math.max(-1, low), 10);
    }
  });

  it('leaves no doubt where no range is known', () => {
    expect(pairOf([2, 2], 1, [null, null])).toMatchObject({ p: 0, different: true });
  });
});

describe('a board of a bounded metric', () => {
  const answers = (key: string, wrong: number): Configuration => ({
    key,
    method: key,
    seeds: [0, 1, 2].map((seed) => ({
      seed,
      validation: 0,
      test: { examples: Array.from({ length: 29 }, (_, e) => Number(e >= wrong)) },
    })),
  });
  const rows = [answers('all', 0), answers('most', 2), answers('some', 14), answers('none', 29)];
  const board = (range: Range) => leaderboard({ rows, direction: 'maximize', range });

  it('keeps the intervals of accuracy between 0 and 1, and around the score', () => {
    // Without a range, 27 of 29 right in each of three seeds reach to 1.03.
    expect(board([null, null]).entries[1]!.score!.high).toBeCloseTo(1.029, 3);
    for (const { score } of board([0, 1]).entries) {
      expect(score!.low).toBeGreaterThanOrEqual(0);
      expect(score!.high).toBeLessThanOrEqual(1);
      expect(score!.high - score!.low).toBeGreaterThan(0.1);
      expect([score!.low <= score!.estimate, score!.estimate <= score!.high]).toEqual([true, true]);
    }
  });

  it('keeps the intervals of differences between -1 and 1', () => {
    for (const { effect, simultaneous } of board([0, 1]).pairs) {
      expect(Math.min(effect.low, simultaneous.low)).toBeGreaterThanOrEqual(-1);
      expect(Math.max(effect.high, simultaneous.high)).toBeLessThanOrEqual(1);
    }
  });

  it('keeps perplexity at 1 or above, through the range of its logarithm', () => {
    const losses = [0.001, 0.002, 0.3];
    const row = { key: 'a', method: 'a', seeds: [{ seed: 0, validation: 0, test: { examples: losses } }] };
    const of = (range: Range) => leaderboard({ rows: [row], direction: 'minimize', scale: 'exp-mean', range });
    expect(of([null, null]).entries[0]!.score!.low).toBeLessThan(1);
    const { low, high, estimate } = of([1, null]).entries[0]!.score!;
    expect([low, low < estimate, estimate < high]).toEqual([1, true, true]);
  });
});
