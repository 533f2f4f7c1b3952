import { describe, expect, it } from 'vitest';
import type { Run } from '../src/index.js';
import {
  comparePairs,
  criticalT,
  crossedMean,
  differenceBySeed,
  equivalence,
  holm,
  openHypotheses,
  pairwise,
  quartiles,
  seedVariances,
} from '../src/index.js';
import { twoSidedP, type VariancePart } from '../src/variance.js';
import { vectors } from './support/vectors.js';

interface ExpectedInterval {
  estimate: number;
  low: number;
  high: number;
  standardError?: number;
  confidence: number;
}

const DIGITS = 9;

function expectInterval(
  actual: Omit<ExpectedInterval, 'confidence'>,
  expected: ExpectedInterval,
  digits: number = DIGITS,
) {
  expect(actual.estimate).toBeCloseTo(expected.estimate, digits);
  expect(actual.low).toBeCloseTo(expected.low, digits);
  expect(actual.high).toBeCloseTo(expected.high, digits);
  if (expected.standardError !== undefined) expect(actual.standardError).toBeCloseTo(expected.standardError, digits);
}

describe('crossedMean', () => {
  it.each(vectors<ExpectedInterval & { scores: number[][] }>('crossed'))(
    'agrees with statsmodels and scipy: case %#',
    (expected) => {
      const actual = crossedMean(expected.scores, expected.confidence);
      expectInterval(actual, expected);
      expect(actual.covers).toBe(expected.scores.length === 1 ? 'examples-only' : 'seeds-and-examples');
      expect([actual.seeds, actual.examples]).toEqual([expected.scores.length, expected.scores[0]!.length]);
    },
  );

  it('has no width where no score varies', () => {
    const flat = crossedMean(
      [
        [2, 2, 2],
        [2, 2, 2],
      ],
      0.95,
    );
    expect([flat.low, flat.estimate, flat.high]).toEqual([2, 2, 2]);
  });

  it.each([
    [[], 'crossedMean: expected at least one seed, got none'],
    [[[1]], 'crossedMean: expected at least two examples, or seeds with one each, got 1'],
    [
      [
        [1, 2],
        [1, 2, 3],
      ],
      'crossedMean: expected the same 2 examples for every seed, row 1 has 3',
    ],
  ])('refuses %j', (scores, message) => {
    expect(() => crossedMean(scores, 0.95)).toThrow(new RangeError(message));
  });
});

it.each(vectors<{ estimate: number; parts: VariancePart[]; p: number }>('tails'))(
  'finds the p of an estimate far from 0: case %#',
  ({ estimate, parts, p }) => {
    expect(twoSidedP(estimate, parts) / p).toBeCloseTo(1, DIGITS);
  },
);

describe('comparePairs', () => {
  const runs = (table: number[][]) => table.map((examples, seed) => ({ seed, examples }));

  it.each(vectors<ExpectedInterval & { first: number[][]; second: number[][]; p: number }>('paired'))(
    'pairs by seed and example: case %#',
    (expected) => {
      // The order in which the seeds are given does not matter.
      const actual = comparePairs([runs(expected.first), runs(expected.second).reverse()], expected.confidence)[0]!;
      expectInterval(actual.difference, expected);
      expect(actual.p).toBeCloseTo(expected.p, DIGITS);
      expect(actual.pairing).toBe('examples');
    },
  );

  it.each(vectors<ExpectedInterval & { first: number[][]; second: number[][]; p: number }>('unpaired'))(
    'gives the examples of each side a part of its own where they are not the same: case %#',
    (expected) => {
      const actual = comparePairs([runs(expected.first), runs(expected.second)], expected.confidence)[0]!;
      expectInterval(actual.difference, expected);
      expect(actual.p).toBeCloseTo(expected.p, DIGITS);
      // Seeds 0, 1, … on both sides.
      expect(actual.pairing).toBe('seeds');
    },
  );

  interface ModeratedCase {
    methods: Run[][];
    confidence: number;
    pairs: (Omit<ExpectedInterval, 'confidence'> & { first: number; second: number; p: number })[];
  }
  it.each(vectors<ModeratedCase>('moderated'))(
    'moderates the variances between seeds of methods, whatever seeds each has: case %#',
    (expected) => {
      const actual = comparePairs(expected.methods, expected.confidence);
      expect(actual.map(({ first, second }) => [first, second])).toEqual(
        expected.pairs.map(({ first, second }) => [first, second]),
      );
      actual.forEach(({ difference, p }, i) => {
        expectInterval(difference, { ...expected.pairs[i]!, confidence: expected.confidence }, 8);
        expect(p).toBeCloseTo(expected.pairs[i]!.p, 8);
      });
    },
  );

  it('counts the seeds of a row whose seeds differ', () => {
    const wobble = (shift: number, seeds: number[]) =>
      seeds.map((seed) => ({ seed, examples: [1, 2, 4, 3].map((e) => e + shift * Math.sin(5 * seed + e)) }));
    const alike = [0.1, 0.3, 0.5].map((shift) => wobble(shift, [0, 1, 2]));
    const [, , last] = comparePairs([...alike, wobble(0.4, [0, 1, 3])], 0.95);
    expect(last).toMatchObject({ first: 0, second: 3, pairing: 'examples' });
    // Four methods tell more than three: the variances of the others move.
    const errorOf = (methods: Run[][]) => comparePairs(methods, 0.95)[0]!.difference.standardError;
    expect(Math.abs(errorOf([...alike, wobble(0.4, [0, 1, 3])]) - errorOf(alike))).toBeGreaterThan(1e-4);
  });

  it('keeps a board whose scores no seed changes: only examples vary', () => {
    const fixed = [0, 0.5, 1].map((shift) =>
      [0, 1].map((seed) => ({ seed, examples: [1, 2, 4].map((e) => e * shift) })),
    );
    const [pair] = comparePairs(fixed, 0.95);
    expect(pair!.difference.parts.map(({ variance }) => variance > 0)).toEqual([false, true]);
    expect(pair!.p).toBeGreaterThan(0);
  });

  const accuracies = (seeds: number[], level: (seed: number) => number) =>
    seeds.map((seed) => ({ seed, examples: [0, 1, 0.5, 1].map((e) => e + level(seed)) }));

  it('compares the scores as they stand where not all seeds are shared', () => {
    // One seed of the first is far off. The other has no such seed, and the four that they share say the contrary of the scores.
    const first = accuracies([0, 1, 2, 3, 4], (seed) => (seed === 4 ? -0.43 : 0.001 * seed));
    const second = accuracies([0, 1, 2, 3], () => -0.03);
    const [apart] = comparePairs([first, second], 0.95);
    // (0 + 0.001 + 0.002 + 0.003 − 0.43) / 5 + 0.03
    expect(apart!.difference.estimate).toBeCloseTo(-0.0548, 12);
    // The four seeds in common pair; the fifth of the first stands for itself.
    expect(apart).toMatchObject({ pairing: 'examples', difference: { covers: 'seeds-and-examples' } });
    expect(apart!.p).toBeGreaterThan(0.05);
  });

  it('lets the run of a method that trains nothing stand for every seed', () => {
    const trained = accuracies([3, 5, 7], (seed) => 0.01 * seed);
    const [fixed] = [accuracies([0], () => 0.2)];
    const [pair] = comparePairs([trained, fixed!], 0.95, { seedless: [false, true] });
    expect(pair!.pairing).toBe('examples');
    // Two of them have no luck of seeds; with a training of one seed there is some, and nobody knows how much.
    const coversOf = (other: typeof trained, seedless: boolean[]) =>
      comparePairs([other, fixed!], 0.95, { seedless })[0]!.difference.covers;
    expect(
      coversOf(
        accuracies([1], () => 0),
        [true, true],
      ),
    ).toBe('seeds-and-examples');
    expect(coversOf(trained.slice(1, 2), [false, true])).toBe('examples-only');
    expect(coversOf(trained.slice(1, 2), [false, false])).toBe('examples-only');
  });

  it('pairs runs of a method that trains nothing with whatever seeds the other has', () => {
    const trained = accuracies([1, 2], (seed) => 0.01 * seed);
    const fixed = accuracies([1, 2, 3], () => 0.2);
    const [pair] = comparePairs([trained, fixed], 0.95, { seedless: [false, true] });
    expect(pair!.pairing).toBe('examples');
    // Its draws of single examples are averaged: 0.2 and 0.4 on the first, so that the two differ by (0.3 − 0.015) there.
    const drawn = [0.2, 0.4].map((level, seed) => ({ seed: 7 + seed, examples: [level, 1, 0.5, 1] }));
    const [apart] = comparePairs([drawn, trained], 0.95, { seedless: [true, false] });
    expect(apart!.pairing).toBe('examples');
    expect(apart!.difference.estimate).toBeCloseTo(2.8 / 4 - (2.5 / 4 + 0.015), 12);
    // Two that train nothing need no seed in common; the same scores leave no doubt, however often they were run.
    const other = accuracies([9], () => 0.2);
    const [both] = comparePairs([fixed, other], 0.95, { seedless: [true, true] });
    expect(both).toMatchObject({
      pairing: 'examples',
      p: 1,
      difference: { estimate: 0, covers: 'seeds-and-examples' },
    });
    expect(comparePairs([other, accuracies([1], () => 0)], 0.95, { seedless: [true, true] })[0]!.pairing).toBe(
      'examples',
    );
    expect(() =>
      comparePairs([trained, [...fixed, { seed: 4, examples: [1] }]], 0.95, { seedless: [false, true] }),
    ).toThrow(RangeError);
  });

  it('compares trainings as if what trains nothing were not beside them', () => {
    const trained = [0, 0.1, 0.3].map((level, method) =>
      accuracies([0, 1, 2], (seed) => level + 0.01 * ((seed * (method + 2)) % 5)),
    );
    const fixed = accuracies([0, 1, 2], () => 0.2);
    const alone = comparePairs(trained, 0.95);
    const beside = comparePairs([...trained, fixed], 0.95, { seedless: [false, false, false, true] });
    expect(beside.filter(({ second }) => second < 3)).toEqual(alone);
    const [withFixed] = beside.filter(({ second }) => second === 3);
    const once = comparePairs([...trained, fixed.slice(1, 2)], 0.95, { seedless: [false, false, false, true] })[2]!;
    expect(withFixed!.p).toBeCloseTo(once.p, 12);
    // It may stand first: the difference turns its sign, and nothing else changes.
    const turned = comparePairs([fixed, ...trained], 0.95, { seedless: [true] })[0]!;
    expect(turned.p).toBeCloseTo(withFixed!.p, 12);
    expect(turned.difference.low).toBeCloseTo(-withFixed!.difference.high, 12);
    // What seeds do to all trainings alike does not cancel against it.
    const [seeds] = withFixed!.difference.parts;
    const { own, shared } = seedVariances(
      trained.map((runs) =>
        runs.map(({ seed, examples }) => ({ seed, value: examples.reduce((a, b) => a + b, 0) / 4 })),
      ),
    );
    expect(seeds!.variance).toBeCloseTo((own[0]!.value + shared.value) / 3, 12);
  });

  it('holds the luck of the examples alone where one has a single seed', () => {
    const first = [0, 1].map((seed) => ({ seed, examples: [1, 2, 3 + seed] }));
    const second = [1, 2].map((seed) => ({ seed, examples: [2, 2, 3 + seed] }));
    expect(comparePairs([first, second], 0.95)[0]!.pairing).toBe('examples');
    // The difference is of the scores as they stand: 2.17 and 2.67.
    const [apart] = comparePairs([first, second.slice(0, 1)], 0.95);
    expect(apart!.difference.covers).toBe('examples-only');
    expect(apart!.difference.estimate).toBeCloseTo(13 / 6 - 8 / 3, 12);
    // By example −1, 0 and −0.5: a variance of 0.25, over three.
    expect(apart!.difference.standardError).toBeCloseTo(Math.sqrt(0.25 / 3), 12);
  });

  it('calls identical scores the same and a constant gap a difference', () => {
    const scores = [{ seed: 0, examples: [1, 2, 3] }];
    expect(comparePairs([scores, scores], 0.95)[0]!.p).toBe(1);
    expect(comparePairs([scores, [{ seed: 0, examples: [2, 3, 4] }]], 0.95)[0]!.p).toBe(0);
  });
});

describe('holm', () => {
  it.each(vectors<{ p: number[]; adjusted: number[] }>('holm'))('agrees with statsmodels: $p', ({ p, adjusted }) => {
    const actual = holm(p);
    expect(actual).toHaveLength(adjusted.length);
    adjusted.forEach((value, i) => {
      expect(actual[i]).toBeCloseTo(value, 12);
    });
  });
});

describe('pairwise', () => {
  it.each(vectors<{ p: number[]; methods: number; adjusted: number[] }>('pairwise'))(
    'counts the pairs that may still be equal, over all partitions: $methods methods, case %#',
    ({ p, methods, adjusted }) => {
      pairwise(p, methods).forEach((value, i) => {
        expect(value).toBeCloseTo(adjusted[i]!, 12);
      });
    },
  );

  it('says how many the next step counts', () => {
    // Of five methods ten pairs: once one is told apart, at most four are still equal, six pairs.
    expect([10, 9, 6, 5].map((open) => openHypotheses(open, { tested: 10, methods: 5 }))).toEqual([10, 6, 6, 4]);
  });
});

it.each(vectors<{ estimate: number; parts: VariancePart[]; margin: number; p: number }>('equivalence'))(
  'tests a difference for being smaller than a margin, as two t tests of scipy do: case %#',
  ({ estimate, parts, margin, p }) => {
    expect(equivalence({ estimate, parts, covers: 'seeds-only' }, margin)).toBeCloseTo(p, DIGITS);
    expect(equivalence({ estimate: -estimate, parts, covers: 'seeds-only' }, margin)).toBeCloseTo(p, DIGITS);
    expect(equivalence({ estimate, parts, covers: 'examples-only' }, margin)).toBeUndefined();
  },
);

describe('differenceBySeed', () => {
  const bySeed = (scores: readonly number[]) => new Map(scores.map((score, seed) => [seed, score]));

  it.each(vectors<{ first: number[]; second: number[]; estimate: number; halfWidth: number; p: number }>('by-seed'))(
    'holds each seed against itself, as the paired t test of scipy does: case %#',
    ({ first, second, estimate, halfWidth, p }) => {
      const actual = differenceBySeed(bySeed(first), bySeed(second))!;
      expect(actual.estimate).toBeCloseTo(estimate, DIGITS);
      const error = Math.sqrt(actual.parts[0]!.variance);
      expect(criticalT(0.95, actual.parts) * error).toBeCloseTo(halfWidth, DIGITS);
      expect(twoSidedP(actual.estimate, actual.parts)).toBeCloseTo(p, DIGITS);
    },
  );

  it('reads the seeds that both have, and says nothing of one', () => {
    const one = new Map([
      [0, 3],
      [1, 5],
      [7, 100],
    ]);
    const other = new Map([
      [1, 4],
      [0, 1],
      [9, -100],
    ]);
    expect(differenceBySeed(one, other)).toEqual({
      estimate: 1.5,
      parts: [{ variance: 0.25, degreesOfFreedom: 1, seeds: 2 }],
      covers: 'seeds-only',
    });
    expect(differenceBySeed(one, new Map([[7, 1]]))).toBeUndefined();
  });
});

describe('quartiles', () => {
  it.each(vectors<{ values: number[]; lower: number; median: number; upper: number }>('quartiles'))(
    'agrees with numpy: $values',
    ({ values, lower, median, upper }) => {
      const actual = quartiles(values);
      expect(actual.lower).toBeCloseTo(lower, 12);
      expect(actual.median).toBeCloseTo(median, 12);
      expect(actual.upper).toBeCloseTo(upper, 12);
    },
  );

  it('refuses no values', () => {
    expect(() => quartiles([])).toThrow(new RangeError('quartiles: expected at least one value, got none'));
  });
});
