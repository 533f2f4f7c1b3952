import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestFitting, largestWithin, rankAtMost } from '../src/memory/largest-fitting.js';
import type { LayerShape } from '../src/method.js';

describe('the largest that fits', () => {
  it('equals what trying every one finds, with few tries', () => {
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

  it('falls back to the smallest allowed where none fits, so that its bytes can be told', () => {
    expect(largestFitting({ bound: 64, allowed: (n) => n >= 4, fits: () => false })).toBe(4);
    expect(largestFitting({ bound: 64, allowed: () => false, fits: () => true })).toBeUndefined();
  });
});

describe('the largest within a budget', () => {
  it('equals what trying every one finds, on bytes that rise straight, bent or by steps', () => {
    const cases = fc.record({
      bound: fc.integer({ min: 1, max: 300 }),
      known: fc.integer({ min: 1, max: 300 }),
      budget: fc.integer({ min: 0, max: 20_000 }),
      fixed: fc.integer({ min: 0, max: 300 }),
      linear: fc.integer({ min: 0, max: 100 }),
      square: fc.integer({ min: 0, max: 3 }),
      step: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(cases, ({ bound, known, budget, fixed, linear, square, step }) => {
        const bytes = (n: number) => fixed + linear * Math.floor(n / step) + square * n * n;
        const all = Array.from({ length: bound }, (_, index) => index + 1);
        const expected = all.filter((n) => bytes(n) <= budget).at(-1) ?? null;
        expect(largestWithin({ bound, budget, bytes, known })).toBe(expected);
      }),
    );
  });

  it('asks for few numbers where bytes rise straight', () => {
    const asked: number[] = [];
    const bytes = (n: number) => {
      asked.push(n);
      return 1e9 + 4096 * n;
    };
    expect(largestWithin({ bound: 65_536, budget: 1e9 + 4096 * 777, bytes, known: 8 })).toBe(777);
    expect(asked.length).toBeLessThanOrEqual(6);
  });

  it('finds none where even 1 is refused', () => {
    const bytes = () => Number.POSITIVE_INFINITY;
    expect(largestWithin({ bound: 100, budget: 1e12, bytes, known: 7 })).toBeNull();
  });
});

describe('the largest rank worth asking for', () => {
  const layer = { in: 64, out: 32, bias: false } as LayerShape;

  it('is the full rank of the largest layer, or what the method takes', () => {
    const shapes = [layer, { ...layer, in: 16 }];
    expect(rankAtMost({}, shapes)).toBe(32);
    expect(rankAtMost({ maxRank: (shape) => Math.min(shape.in, shape.out) }, shapes)).toBe(16);
  });
});
