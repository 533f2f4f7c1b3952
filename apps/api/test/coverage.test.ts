import { describe, expect, it } from 'vitest';
import { coveringPoints } from '../src/strategies/coverage.js';

/** How often each place of an axis is tried. */
const uses = (points: readonly number[][], axis: number, length: number) =>
  Array.from({ length }, (_, place) => points.filter((point) => point[axis] === place).length);

describe('points that cover lists', () => {
  it.each([
    { lengths: [3, 3], count: 8 },
    { lengths: [2, 2, 2], count: 8 },
    { lengths: [4, 6], count: 24 },
    { lengths: [6, 4, 9], count: 100 },
    { lengths: [1, 5, 3], count: 7 },
    { lengths: [2, 3, 2, 3], count: 36 },
    { lengths: Array.from({ length: 40 }, () => 256), count: 300 },
  ])('differ, and try every value of $lengths equally often but for one, $count of them', ({ lengths, count }) => {
    for (let seed = 0; seed < 20; seed++) {
      const points = coveringPoints(lengths, count, seed);
      expect(new Set(points.map((point) => point.join())).size).toBe(count);
      for (const [axis, length] of lengths.entries()) {
        const counts = uses(points, axis, length);
        expect(Math.max(...counts) - Math.min(...counts), `axis ${axis} of seed ${seed}`).toBeLessThanOrEqual(1);
      }
    }
  });

  it('reach from end to end of a list that is longer than their number', () => {
    const points = coveringPoints([9, 2], 4, 1);
    expect(points.map(([place]) => place).sort()).toEqual([0, 3, 5, 8]);
  });

  it('are the same for a seed, and others for another', () => {
    expect(coveringPoints([5, 7], 9, 3)).toEqual(coveringPoints([5, 7], 9, 3));
    expect(coveringPoints([5, 7], 9, 3)).not.toEqual(coveringPoints([5, 7], 9, 4));
  });
});
