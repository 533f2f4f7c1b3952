import { describe, expect, it } from 'vitest';
import { mcnemar, pairedExamples } from '../src/index.js';

describe('pairedExamples', () => {
  it('tests scores of 0 and 1 exactly', () => {
    expect(pairedExamples([1, 1, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0, 0, 1])).toBeCloseTo(mcnemar(6, 0), 12);
  });

  it('tests other scores by the paired t-test', () => {
    // scipy 1.17.1: ttest_rel([1.5, 2, 3.25, 4, 5.5], [1, 1.75, 3.5, 3, 4.25]).pvalue
    expect(pairedExamples([1.5, 2, 3.25, 4, 5.5], [1, 1.75, 3.5, 3, 4.25])).toBeCloseTo(0.10839243802227387, 10);
  });

  it('tells nothing of scores that agree, or of a single example', () => {
    expect(pairedExamples([0.5, 0.25], [0.5, 0.25])).toBe(1);
    expect(pairedExamples([3], [1.5])).toBe(1);
  });

  it('is certain of a difference that is the same on every example', () => {
    expect(pairedExamples([3, 4, 5], [1.5, 2.5, 3.5])).toBe(0);
  });

  it('refuses scores of other examples', () => {
    expect(() => pairedExamples([1, 0], [1])).toThrow('expected 2 scores as of the first, got 1');
  });
});
