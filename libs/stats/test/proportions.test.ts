import { describe, expect, it } from 'vitest';
import { compareProportions, type Proportion, proportionBoard, wilson } from '../src/index.js';
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
    const { difference, p } = compareProportions(...shares, expected.confidence);
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

describe('a board of shares', () => {
  it('orders them, tests every two, and gives ties one letter', () => {
    const board = proportionBoard(
      [
        { name: 'worse', successes: 400, examples: 1000 },
        { name: 'best', successes: 500, examples: 1000 },
        { name: 'close', successes: 490, examples: 1000 },
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
