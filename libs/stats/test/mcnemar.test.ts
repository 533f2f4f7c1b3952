import { describe, expect, it } from 'vitest';
import { mcnemar } from '../src/index.js';
import { vectors } from './support/vectors.js';

interface Case {
  firstAlone: number;
  secondAlone: number;
  p: number;
}

describe('mcnemar', () => {
  it.each(vectors<Case>('agreement'))('agrees with statsmodels: $firstAlone and $secondAlone', (expected) => {
    expect(mcnemar(expected.firstAlone, expected.secondAlone) / expected.p).toBeCloseTo(1, 10);
  });

  it.each([
    [-1, 2],
    [1, 0.5],
  ])('refuses %j and %j', (first, second) => {
    expect(() => mcnemar(first, second)).toThrow('expected a whole number of 0 or more');
  });
});
