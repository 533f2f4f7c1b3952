import { describe, expect, it } from 'vitest';
import { agreeing, simultaneousInterval } from '../src/simultaneous.js';

describe('simultaneousInterval', () => {
  const parts = [{ variance: 0.04, degreesOfFreedom: 10 }];

  it("is as wide as Student's t at the level that Bonferroni leaves each pair", () => {
    // scipy.stats.t.isf(.05 / 10 / 2, 10) = 3.581406202
    const { low, high } = simultaneousInterval({ estimate: 1, standardError: 0.2, parts }, 10, 0.95, true);
    expect(low).toBeCloseTo(1 - 0.2 * 3.581406202, 8);
    expect(high).toBeCloseTo(1 + 0.2 * 3.581406202, 8);
  });

  it('has no width where no score varies', () => {
    expect(simultaneousInterval({ estimate: 2, standardError: 0, parts: [] }, 3, 0.95, true)).toEqual({
      estimate: 2,
      low: 2,
      high: 2,
    });
  });
});

describe('agreeing', () => {
  it.each([
    ['cuts at 0 where a later step tells the pair apart', { estimate: 1, low: -0.1, high: 2.1 }, true, [0, 2.1]],
    ['cuts the upper end of a negative difference', { estimate: -1, low: -2.1, high: 0.1 }, true, [-2.1, 0]],
    ['extends to 0 where the test tells nothing apart', { estimate: 1, low: 0.1, high: 2 }, false, [0, 2]],
    ['leaves an interval that agrees as it is', { estimate: 1, low: 0.1, high: 2 }, true, [0.1, 2]],
  ] as const)('%s', (_, bounds, different, [low, high]) => {
    expect(agreeing(bounds, different)).toEqual({ estimate: bounds.estimate, low, high });
  });
});
