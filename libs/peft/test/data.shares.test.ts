import { describe, expect, it } from 'vitest';
import { atLeast, atMost } from '../src/data/shares.js';
import { sharesNeeded } from '../src/federated/participation.js';
import { bySize } from '../src/federated/partition.js';
import { createRandom } from '../src/tensor/random.js';

describe('a share of a whole', () => {
  it('loses no unit to rounding', () => {
    expect([atMost(1 / 49, 49), atMost(0.29, 100), atMost(0.01, 49)]).toEqual([1, 29, 0]);
    expect([atLeast(0.28, 25), atLeast(0.5, 3), atLeast(0.51, 100)]).toEqual([7, 2, 51]);
    expect(sharesNeeded(25, 0.28)).toBe(7);
  });

  it('gives each of as many clients as there are examples its own', () => {
    const shares = Array.from({ length: 49 }, () => 1);
    const parts = bySize(49, shares, createRandom(0));
    expect([...parts.values()].map((part) => part.length)).toEqual(Array.from({ length: 49 }, () => 1));
  });
});
