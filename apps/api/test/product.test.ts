import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointAt, productSize, sampleIndices } from '../src/strategies/product.js';

describe('a product of axes', () => {
  it('counts beyond what a double holds exactly', () => {
    expect(productSize([256, 256, 256, 256, 256, 256, 256, 3])).toBe(3n * 256n ** 7n);
    expect(productSize([])).toBe(1n);
    expect(productSize([5, 0])).toBe(0n);
  });

  it('visits every point once, the last axis moving fastest', () => {
    const lengths = [2, 1, 3];
    const indices = Array.from({ length: Number(productSize(lengths)) }, (_, index) => BigInt(index));
    expect(indices.map((index) => pointAt(index, lengths))).toEqual([
      [0, 0, 0],
      [0, 0, 1],
      [0, 0, 2],
      [1, 0, 0],
      [1, 0, 1],
      [1, 0, 2],
    ]);
  });
});

describe('sampling', () => {
  it('draws different points below the size, in order, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 30n }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        (size, count, seed) => {
          const drawn = sampleIndices(size, count, seed);
          expect(drawn).toHaveLength(size < BigInt(count) ? Number(size) : count);
          expect(new Set(drawn).size).toBe(drawn.length);
          expect(drawn.every((index) => index >= 0n && index < size)).toBe(true);
          expect(drawn).toEqual([...drawn].sort((a, b) => (a < b ? -1 : 1)));
          expect(sampleIndices(size, count, seed)).toEqual(drawn);
        },
      ),
    );
  });

  it('draws every pair of four points about equally often', () => {
    const counts = new Map<string, number>();
    const draws = 6000;
    for (let seed = 0; seed < draws; seed++) {
      const pair = sampleIndices(4n, 2, seed).join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['0,1', '0,2', '0,3', '1,2', '1,3', '2,3']);
    const expected = draws / 6;
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99.9 % quantile of χ² with 5 degrees of freedom.
    expect(chiSquared).toBeLessThan(20.515);
  });
});
