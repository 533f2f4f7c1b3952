import { describe, expect, it } from 'vitest';
import { scramble, seededDraws, sobol, sobolPoint, sobolSampler } from '../src/index.js';
import { recorded } from './support/recorded.js';
import { vectors } from './support/vectors.js';

interface Plain {
  points: number[][];
  every: number;
  later: { index: number; point: number[] };
}

describe('Sobol sequence', () => {
  const plain = vectors<Plain>('sobol/plain');

  it('is that of scipy in 64 dimensions', () => {
    const sequence = sobol(64);
    const points = Array.from({ length: 128 }, (_, index) => sobolPoint(sequence, index));
    expect(points.map((point) => point.filter((_, dimension) => dimension % plain.every === 0))).toEqual(plain.points);
    expect(sobolPoint(sequence, plain.later.index)).toEqual(plain.later.point);
  });

  it('is that of scipy when scrambled with the same bits', () => {
    const { bits, points } = vectors<{ bits: string; points: number[][] }>('sobol/scrambled');
    const draws = recorded([...bits].map((bit) => Number(bit) / 2));
    const sequence = scramble(5, draws);
    expect(draws.left()).toBe(0);
    expect(points.map((_, index) => sobolPoint(sequence, index))).toEqual(points);
  });

  it('puts one point into each of 2^m equal parts of every coordinate, scrambled by any seed', () => {
    for (const seed of [1, 2, 3]) {
      const sequence = scramble(8, seededDraws(seed, 'sobol'));
      const points = Array.from({ length: 64 }, (_, index) => sobolPoint(sequence, index));
      for (let dimension = 0; dimension < 8; dimension++) {
        const parts = points.map((point) => Math.floor(point[dimension]! * 64)).sort((a, b) => a - b);
        expect(parts).toEqual(Array.from({ length: 64 }, (_, part) => part));
      }
    }
  });

  it('says how many dimensions and points there are', () => {
    expect(() => sobol(65)).toThrow('1 to 64 dimensions here, got 65');
    expect(() => sobolPoint(sobol(1), 2 ** 30)).toThrow('the points 0 to 1073741823');
  });
});

describe('sobolSampler', () => {
  it('tries every choice of a list and every decade of a range equally often', () => {
    const space = {
      learningRate: { kind: 'float', low: 1e-5, high: 1e-1, log: true },
      target: { kind: 'categorical', choices: 4 },
    } as const;
    const points = Array.from({ length: 32 }, (_, number) =>
      sobolSampler({ space, direction: 'minimize', history: [], number, draws: seededDraws(3, 'sobol') }),
    );
    const decades = points.map(({ learningRate }) => Math.floor(Math.log10(learningRate!)));
    for (const decade of [-5, -4, -3, -2]) expect(decades.filter((each) => each === decade)).toHaveLength(8);
    for (const choice of [0, 1, 2, 3]) expect(points.filter(({ target }) => target === choice)).toHaveLength(8);
  });
});
