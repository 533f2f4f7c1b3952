import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { average, downsample, type Point } from '../src/trials/downsample.js';

const series = (values: number[]): Point[] => values.map((value, index) => ({ step: index + 1, value }));

describe('downsample', () => {
  it('leaves a short series alone', () => {
    const points = series([3, 1, 2]);
    expect(downsample(points, 3)).toEqual(points);
  });

  it('keeps the ends and, of each run, the lowest and the highest in their order', () => {
    // Ends 0 and 9; two runs of four: 5 1 7 3 and 4 8 2 6.
    expect(downsample(series([0, 5, 1, 7, 3, 4, 8, 2, 6, 9]), 6)).toEqual([
      { step: 1, value: 0 },
      { step: 3, value: 1 },
      { step: 4, value: 7 },
      { step: 7, value: 8 },
      { step: 8, value: 2 },
      { step: 10, value: 9 },
    ]);
  });

  it('keeps only the ends where there is room for nothing else', () => {
    expect(downsample(series([1, 2, 3, 4]), 2).map(({ step }) => step)).toEqual([1, 4]);
    expect(downsample(series([1, 2, 3, 4]), 3).map(({ step }) => step)).toEqual([1, 4]);
  });

  it('shows where a series broke', () => {
    const kept = downsample(series([1, 2, Number.NaN, 4, 5, 6, 7, 8]), 4);
    expect(kept.map(({ value }) => value)).toEqual([1, Number.NaN, 7, 8]);
  });

  it('never exceeds its room, never reorders, never invents, and never loses an extreme', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 400 }),
        fc.integer({ min: 4, max: 60 }),
        (values, room) => {
          const points = series(values);
          const kept = downsample(points, room);
          expect(kept.length).toBeLessThanOrEqual(Math.max(room, 0));
          expect(kept.every((point) => points.includes(point))).toBe(true);
          expect(kept.map(({ step }) => step)).toEqual(kept.map(({ step }) => step).sort((a, b) => a - b));
          expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
          expect(Math.max(...kept.map(({ value }) => value))).toBe(Math.max(...values));
          expect(Math.min(...kept.map(({ value }) => value))).toBe(Math.min(...values));
        },
      ),
    );
  });
});

describe('average', () => {
  it('keeps the ends and, of each run, the mean at the mean of its steps', () => {
    // Ends 0 and 9; runs 5 1, 7 3 4 and 8 2 6.
    expect(average(series([0, 5, 1, 7, 3, 4, 8, 2, 9]), 5)).toEqual([
      { step: 1, value: 0 },
      { step: 3, value: 3 },
      { step: 5, value: 5 },
      { step: 7, value: expect.closeTo(14 / 3, 12) },
      { step: 9, value: 9 },
    ]);
    expect(average(series([3, 1, 2]), 3)).toEqual(series([3, 1, 2]));
    expect(average(series([1, 2, 3, 4]), 2).map(({ step }) => step)).toEqual([1, 4]);
    expect(average(series([1, 2, 4, 5]), 3)[1]).toEqual({ step: 3, value: 3 });
  });

  it('draws rare spikes with their share of the steps', () => {
    // A loss of 2 that is 8 at each hundredth step: 2.06 on average, where the middle of the extremes is 5.
    const spiky = series(Array.from({ length: 10_000 }, (_, index) => ((index + 1) % 100 === 50 ? 8 : 2)));
    const of = (points: readonly Point[]) => points.reduce((sum, { value }) => sum + value, 0) / points.length;
    expect(of(average(spiky, 120))).toBeCloseTo(2.06, 2);
    expect(of(downsample(spiky, 120))).toBeGreaterThan(4);
  });

  it('stays finite where a sum would not', () => {
    expect(average(series([0, 1.7e308, 1.7e308, 0]), 3)[1]).toEqual({ step: 3, value: 1.7e308 });
  });
});
