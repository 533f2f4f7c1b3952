import { describe, expect, it } from 'vitest';
import { atLeast, atMost } from '../src/data/shares.js';

describe('a share of a whole', () => {
  it('loses no unit to rounding', () => {
    expect([atMost(1 / 49, 49), atMost(0.29, 100), atMost(0.01, 49)]).toEqual([1, 29, 0]);
    expect([atLeast(0.28, 25), atLeast(0.5, 3), atLeast(0.51, 100)]).toEqual([7, 2, 51]);
  });
});
