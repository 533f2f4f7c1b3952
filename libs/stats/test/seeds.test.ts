import { describe, expect, it } from 'vitest';
import { furtherSeeds, leaderboard, type SeedResult } from '../src/index.js';
import type { TestedDifference } from '../src/seeds.js';
import type { VariancePart } from '../src/variance.js';
import { vectors } from './support/vectors.js';

interface Needed {
  estimate: number;
  level: number;
  parts: VariancePart[];
  further: number | null;
  interval: [number | null, number | null] | null;
}

describe('furtherSeeds', () => {
  it.each(vectors<Needed>('seeds'))(
    'is within one seed of what the power of the test itself asks for: case %#',
    ({ estimate, level, parts, further, interval }) => {
      const all = furtherSeeds({ estimate, parts, covers: 'seeds-and-examples' }, { level })!;
      const found = all.further;
      // The approximation of the noncentral t is a tenth off at most, or one seed.
      interval?.forEach((end, side) => {
        const own = all.interval[side]!;
        if (end === null) expect(own).toBeNull();
        else expect(Math.abs(own - end)).toBeLessThanOrEqual(Math.max(1, 0.1 * end));
      });
      if (further === null) expect(found).toBeNull();
      else expect(Math.abs(found! - further)).toBeLessThanOrEqual(1);
      // The sign of a difference does not matter.
      expect(furtherSeeds({ estimate: -estimate, parts, covers: 'seeds-and-examples' }, { level })).toEqual(all);
    },
  );

  const parts = [{ variance: 0.5, degreesOfFreedom: 1, seeds: 2 }];

  it('says nothing of a pair of which a side has one seed', () => {
    expect(furtherSeeds({ estimate: 1, parts, covers: 'examples-only' }, { level: 0.05 })).toBeUndefined();
  });

  it('finds no number where the scores are the same, or never vary', () => {
    expect(furtherSeeds({ estimate: 0, parts, covers: 'seeds-and-examples' }, { level: 0.05 })).toMatchObject({
      further: null,
      isBelowError: true,
    });
    const flat = [{ variance: 0, degreesOfFreedom: 1, seeds: 2 }];
    expect(furtherSeeds({ estimate: 1, parts: flat, covers: 'seeds-and-examples' }, { level: 0.05 })).toMatchObject({
      further: null,
      interval: [null, null],
    });
  });

  it('plans for the difference that it is told, from what was seen', () => {
    const seen: TestedDifference = {
      estimate: 0.5,
      parts: [{ variance: 1 / 3, degreesOfFreedom: 20, seeds: 3 }],
      covers: 'seeds-only',
    };
    const of = (difference?: number) =>
      furtherSeeds(seen, { level: 0.05, ...(difference && { difference }) })!.further!;
    // Seeds of the oracle's `needed(0.5, truth, 0.05, …)`, whose power is an integral.
    expect([of(), of(1), of(1.5)]).toEqual([30, 8, 4]);
    expect(of(-1)).toBeGreaterThan(of(1));
  });

  it('refuses a level that is no probability', () => {
    const asked = () => furtherSeeds({ estimate: 1, parts, covers: 'seeds-and-examples' }, { level: 5 });
    expect(asked).toThrow(new RangeError('furtherSeeds: expected level between 0 and 1, got 5'));
  });
});

/** Three seeds of a method, whose examples differ alike on every seed. */
const seeds = (method: string, means: readonly number[]) => ({
  key: method,
  method,
  seeds: means.map(
    (mean, seed): SeedResult => ({ seed, validation: mean, test: { examples: [mean - 0.5, mean, mean + 0.5] } }),
  ),
});

it('reads the pairs of a board', () => {
  const { pairs } = leaderboard({
    rows: [seeds('lora', [10, 11, 12]), seeds('dora', [9, 11, 10])],
    direction: 'maximize',
  });
  // Differences are 1, 0 and 2: a mean of 1 with a deviation of 1, over three seeds.
  expect(pairs[0]!.tested).toMatchObject({ estimate: 1, covers: 'seeds-and-examples' });
  expect(pairs[0]!.tested.parts[0]).toEqual({ variance: expect.closeTo(1 / 3), degreesOfFreedom: 2, seeds: 3 });
  // One less than the oracle’s `needed(1, 1, 0.05, …)` of that part, whose power is an integral.
  expect(furtherSeeds(pairs[0]!.tested, { level: 0.05 })!.further).toBe(9);
});
