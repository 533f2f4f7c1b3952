/** @file First values that are drawn, where no reference gives numbers: their distribution. */
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { relativeError } from './support/close.js';

const layer = { in: 48, out: 64, bias: true };
const random = createRandom('first values');
const kernel = new Matrix(
  Array.from({ length: layer.in }, () => Array.from({ length: layer.out }, () => random.normal())),
);

function initial(name: string, config: object) {
  const { init, config: schema } = findMethod(name);
  const parsed = schema.parse(config);
  return {
    layer: init!.layer({ shape: layer, kernel, config: parsed, random: createRandom(1), layers: [layer], index: 0 }),
    model: init!.model?.({ layers: [layer], config: parsed, random: createRandom(2) }) ?? {},
  };
}

describe('RandLoRA', () => {
  it.each([
    { bases: 'sparse', share: 1 / 3 },
    { bases: 'very-sparse', share: 1 / Math.sqrt(layer.in) },
  ])('draws $bases bases of −1, 0 and 1 over their deviation', ({ bases, share }) => {
    const { randlora_A, randlora_B } = initial('randlora', { rank: 8, bases }).model;
    for (const { values } of [randlora_A!, randlora_B!]) {
      const sizes = new Set(values.map(Math.abs));
      expect([...sizes].filter((size) => size > 0)).toHaveLength(1);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      expect(squares / (values.length - 1)).toBeCloseTo(1, 5);
      // Four deviations of a binomial share.
      const [above, below] = [values.filter((value) => value > 0), values.filter((value) => value < 0)];
      const spread = 4 * Math.sqrt((share / 2) * (1 / values.length));
      expect(Math.abs(above.length / values.length - share / 2)).toBeLessThan(spread);
      expect(Math.abs(below.length / values.length - share / 2)).toBeLessThan(spread);
    }
  });
});

describe('FourierFT', () => {
  it('starts from normal coefficients, or from none at all, at the same frequencies', () => {
    const [normal, zeros] = [{}, { start: 'zeros' }].map((config) => initial('fourierft', config).layer.tensors);
    expect(zeros!.fourierft_spectrum!.values).toEqual(new Float32Array(100));
    expect(zeros!.fourierft_indices).toEqual(normal!.fourierft_indices);
    const { values } = normal!.fourierft_spectrum!;
    // Four deviations of the mean square of 100 normal numbers.
    expect(Math.abs(values.reduce((sum, value) => sum + value ** 2, 0) / 100 - 1)).toBeLessThan(4 * Math.sqrt(2 / 100));
  });
});

describe('LoLDU', () => {
  const rank = 40;
  const diagonalOf = (start: string) => {
    const { tensors, kernel: residual } = initial('loldu', { rank, alpha: 20, start }).layer;
    const [a, b] = [Matrix.from1DArray(layer.in, rank, tensors.loldu_A!.values), tensors.loldu_B!];
    const z = [...tensors.loldu_z!.values];
    const product = a
      .mmul(Matrix.diag(z))
      .mmul(Matrix.from1DArray(rank, layer.out, b.values))
      .mul(20 / rank);
    return { z, whole: Matrix.add(residual!, product) };
  };
  const exact = diagonalOf('exact').z;
  const mean = exact.reduce((sum, value) => sum + value, 0) / rank;
  const deviation = Math.sqrt(exact.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rank - 1));

  it.each(['exact', 'constant', 'normal', 'uniform'])(
    'leaves the weight as it was with a diagonal that starts %s',
    (start) => {
      expect(relativeError(diagonalOf(start).whole.to1DArray(), kernel.to1DArray())).toBeLessThan(1e-5);
    },
  );

  it('draws a diagonal like that of the decomposition', () => {
    expect(
      relativeError(
        diagonalOf('constant').z,
        exact.map(() => mean),
      ),
    ).toBeLessThan(1e-6);
    const { z } = diagonalOf('normal');
    // Four deviations of a mean of `rank` draws.
    expect(Math.abs(z.reduce((sum, value) => sum + value, 0) / rank - mean)).toBeLessThan(
      (4 * deviation) / Math.sqrt(rank),
    );
    expect(new Set(z).size).toBe(rank);
    const uniform = diagonalOf('uniform').z.map(Math.abs);
    expect(Math.max(...uniform)).toBeLessThanOrEqual(Math.abs(mean) / 2);
    expect(Math.max(...uniform)).toBeGreaterThan(Math.abs(mean) / 4);
  });
});
