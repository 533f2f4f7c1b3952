import { describe, expect, it } from 'vitest';
import { createRandom, resumeRandom } from '../src/tensor/random.js';

const draws = (random: { uniform(): number }, count: number) => Array.from({ length: count }, () => random.uniform());

describe('a random stream', () => {
  it('is a function of its seed', () => {
    expect(draws(createRandom(7), 5)).toEqual(draws(createRandom(7), 5));
    expect(draws(createRandom(7), 5)).not.toEqual(draws(createRandom(8), 5));
  });

  it('goes on from its state, forks included', () => {
    const random = createRandom(7);
    draws(random, 3);
    const resumed = resumeRandom(JSON.parse(JSON.stringify(random.state())) as number[]);
    expect(draws(resumed, 5)).toEqual(draws(random, 5));
    expect(draws(resumed.fork('a'), 5)).toEqual(draws(random.fork('a'), 5));
  });

  it('has forks that depend on their label and not on what was drawn', () => {
    const random = createRandom(7);
    const early = draws(random.fork('a'), 5);
    draws(random, 100);
    expect(draws(random.fork('a'), 5)).toEqual(early);
    expect(draws(random.fork('b'), 5)).not.toEqual(early);
    expect(draws(createRandom(7), 5)).not.toEqual(early);
  });

  it('refuses a state of another kind', () => {
    expect(() => resumeRandom([1, 2, 3])).toThrow(RangeError);
    expect(() => resumeRandom(Array.from({ length: 8 }, () => 0.5))).toThrow(RangeError);
    expect(() => createRandom(1).integer(0)).toThrow(RangeError);
  });

  // Bounds of five standard errors of n = 20,000 draws.
  const n = 20_000;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  it('has uniform numbers of mean 1/2 and variance 1/12', () => {
    const values = draws(createRandom(1), n);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(mean(values.map((value) => (value - 1 / 2) ** 2)) - 1 / 12)).toBeLessThan(
      5 * Math.sqrt(1 / 180 / n),
    );
  });

  it('has normal numbers of mean 0, variance 1 and fourth moment 3', () => {
    const random = createRandom(2);
    const values = Array.from({ length: n }, () => random.normal());
    expect(Math.abs(mean(values))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(mean(values.map((value) => value ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  it('has integers that are equally likely', () => {
    const random = createRandom(3);
    const counts = new Array<number>(5).fill(0);
    for (let draw = 0; draw < n; draw++) counts[random.integer(5)]!++;
    for (const count of counts) expect(Math.abs(count - n / 5)).toBeLessThan(5 * Math.sqrt((n * 4) / 25));
  });
});
