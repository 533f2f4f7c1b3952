import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { inMicroBatches, microBatchAllowed } from '../src/planning/fit.js';

describe('micro-batches', () => {
  const training = partOf<Parameters<typeof inMicroBatches>[0]>({ batchSize: 12, accumulate: 2 });

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
