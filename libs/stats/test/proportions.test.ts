import { describe, expect, it } from 'vitest';
import { compareShares, meanShare, type Proportion, proportionBoard, wilson } from '../src/index.js';
import { vectors } from './support/vectors.js';

interface Case {
  first: [number, number];
  second: [number, number];
  confidence: number;
  wilson: [number, number][];
  difference: [number, number, number];
  p: number;
}

const proportion = ([successes, examples]: [number, number]): Proportion => ({ successes, examples });

describe('two shares', () => {
  it.each(vectors<Case>('proportions'))('agree with statsmodels: $first and $second', (expected) => {
    const shares = [proportion(expected.first), proportion(expected.second)] as const;
    for (const [index, share] of shares.entries()) {
      const { low, high } = wilson(share, expected.confidence);
      expect(low).toBeCloseTo(expected.wilson[index]![0], 12);
      expect(high).toBeCloseTo(expected.wilson[index]![1], 12);
    }
    const { difference, p } = compareShares([shares[0]], [shares[1]], expected.confidence);
    expect(difference.estimate).toBeCloseTo(expected.difference[0], 12);
    expect(difference.low).toBeCloseTo(expected.difference[1], 12);
    expect(difference.high).toBeCloseTo(expected.difference[2], 12);
    expect(p).toBeCloseTo(expected.p, 12);
  });

  it.each([
    [{ successes: 2, examples: 1 }],
    [{ successes: -1, examples: 3 }],
    [{ successes: 0, examples: 0 }],
    [{ successes: 1.5, examples: 3 }],
  ])('refuse %j', (share) => {
    expect(() => wilson(share, 0.95)).toThrow(RangeError);
  });
});

interface MeanCase {
  first: [number, number][];
  second: [number, number][];
  confidence: number;
  means: [number, number, number][];
  difference: [number, number, number];
  p: number;
}

describe('two means of shares', () => {
  it.each(vectors<MeanCase>('mean-proportions'))('agree with statsmodels: $first and $second', (expected) => {
    const [first, second] = [expected.first.map(proportion), expected.second.map(proportion)];
    for (const [index, shares] of [first, second].entries()) {
      const { estimate, low, high } = meanShare(shares, expected.confidence);
      for (const [at, value] of [estimate, low, high].entries()) {
        expect(value).toBeCloseTo(expected.means[index]![at]!, 12);
      }
    }
    const { difference, p } = compareShares(first, second, expected.confidence);
    const { estimate, low, high } = difference;
    for (const [at, value] of [estimate, low, high].entries()) expect(value).toBeCloseTo(expected.difference[at]!, 12);
    expect(p).toBeCloseTo(expected.p, 12);
  });

  it('need shares, and of as many sets', () => {
    const share = { successes: 1, examples: 2 };
    expect(() => meanShare([], 0.95)).toThrow('expected at least one share');
    expect(() => compareShares([share], [share, share], 0.95)).toThrow('expected scores of as many sets, got 1 and 2');
  });

  it('cover the true mean as often as they say', () => {
    // Rates and sizes as on published boards: 1,500 draws leave a standard error of 0.6 % on the coverage.
    const [rates, sizes, draws] = [[0.66, 0.8, 0.02], [500, 1273, 300], 1500];
    const truth = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    let state = 7;
    const uniform = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    let covered = 0;
    for (let draw = 0; draw < draws; draw++) {
      const shares = sizes.map((examples, set) => {
        let successes = 0;
        for (let example = 0; example < examples; example++) if (uniform() < rates[set]!) successes += 1;
        return { successes, examples };
      });
      const { low, high } = meanShare(shares, 0.95);
      if (low <= truth && truth <= high) covered += 1;
    }
    expect(covered / draws).toBeGreaterThan(0.93);
    expect(covered / draws).toBeLessThan(0.97);
  });
});

describe('a board of shares', () => {
  it('orders them, tests every two, and gives ties one letter', () => {
    const board = proportionBoard(
      [
        { name: 'worse', shares: [{ successes: 400, examples: 1000 }] },
        { name: 'best', shares: [{ successes: 500, examples: 1000 }] },
        { name: 'close', shares: [{ successes: 490, examples: 1000 }] },
      ],
      0.95,
    );
    expect(board.entries.map(({ row, letters }) => [row.name, letters.join('')])).toEqual([
      ['best', 'a'],
      ['close', 'a'],
      ['worse', 'b'],
    ]);
    // Pooled score tests by hand: z = 0.1/√(0.45·0.55/500), 0.09/√(0.445·0.555/500), 0.01/√(0.495·0.505/500).
    expect(board.pairs.map(({ a, b }) => [a, b])).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(board.pairs[0]!.adjustedP).toBeCloseTo(0.65472, 4);
    expect(board.pairs[1]!.adjustedP).toBeCloseTo(3 * 7.0e-6, 6);
  });
});
