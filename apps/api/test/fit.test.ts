import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inMicroBatches, largestFitting, microBatchAllowed } from '../src/planning/fit.js';

describe('the largest that fits', () => {
  it('is what trying every one finds, with few tries', () => {
    const cases = fc.record({
      bound: fc.integer({ min: 1, max: 400 }),
      divisor: fc.integer({ min: 1, max: 24 }),
      limit: fc.integer({ min: 0, max: 500 }),
    });
    fc.assert(
      fc.property(cases, ({ bound, divisor, limit }) => {
        const allowed = (n: number) => n % divisor === 0;
        let tries = 0;
        const fits = (n: number) => {
          tries += 1;
          return n <= limit;
        };
        const all = Array.from({ length: bound }, (_, index) => index + 1).filter(allowed);
        const expected = all.filter((n) => n <= limit).at(-1) ?? all[0];
        expect(largestFitting({ bound, allowed, fits })).toBe(expected);
        expect(tries).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(bound + 1)));
      }),
    );
  });

  it('is the smallest allowed where none fits, so that its bytes can be told', () => {
    expect(largestFitting({ bound: 64, allowed: (n) => n >= 4, fits: () => false })).toBe(4);
    expect(largestFitting({ bound: 64, allowed: () => false, fits: () => true })).toBeUndefined();
  });
});

describe('micro-batches', () => {
  const training = { batchSize: 12, accumulate: 2 } as Parameters<typeof inMicroBatches>[0];

  it('divide the batch and keep the examples of a step', () => {
    const sizes = Array.from({ length: 12 }, (_, index) => index + 1).filter(microBatchAllowed(training));
    expect(sizes).toEqual([1, 2, 3, 4, 6, 12]);
    expect(inMicroBatches(training, 4)).toMatchObject({ batchSize: 4, accumulate: 6 });
    expect(inMicroBatches(training, 12)).toEqual(training);
  });

  it('are at most 256 a step', () => {
    expect(microBatchAllowed({ ...training, batchSize: 512, accumulate: 1 })(1)).toBe(false);
    expect(microBatchAllowed({ ...training, batchSize: 512, accumulate: 1 })(2)).toBe(true);
  });
});
