/** @file Rotations: orthogonal to rounding, and refused where their blocks don't fit. */
import { inverse, Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { LayerShape, Method } from '../src/method.js';
import { divides } from '../src/parts/fit.js';
import { cayley, orthonormalRows } from '../src/parts/weight/orthogonal.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { relativeError } from './support/close.js';

describe.each(['cpu', 'wasm'] as const)('the Cayley transform on %s', (backend) => {
  beforeAll(async () => {
    await openEngine(backend);
  });

  it.each([
    { size: 2, scale: 1 },
    { size: 7, scale: 0.1 },
    { size: 32, scale: 3 },
  ])('of skew-symmetric $size × $size is orthogonal, and (I − S)(I + S)⁻¹ in float64', ({ size, scale }) => {
    const random = createRandom(size);
    const matrices = [0, 1].map(() => {
      const raw = Matrix.zeros(size, size).apply(function (this: Matrix, row, column) {
        this.set(row, column, scale * random.normal());
      });
      return Matrix.sub(raw, raw.transpose()).mul(0.5);
    });
    const values = Float32Array.from(matrices.flatMap((matrix) => matrix.to1DArray()));
    const [rotations, gram] = tf.tidy(() => {
      const c = cayley(tf.tensor3d(values, [2, size, size]));
      return [c.dataSync().slice(), tf.matMul(c, c, true, false).dataSync().slice()];
    });
    const identity = Matrix.eye(size);
    const expected = matrices.flatMap((matrix) =>
      Matrix.sub(identity, matrix)
        .mmul(inverse(Matrix.add(identity, matrix)))
        .to1DArray(),
    );
    expect(relativeError(rotations as Float32Array, expected)).toBeLessThan(1e-5);
    expect(relativeError(gram as Float32Array, [identity.to1DArray(), identity.to1DArray()])).toBeLessThan(1e-5);
  });
});

it('gives a square matrix the signs of torch.linalg.qr, which leaves the last row unreflected', async () => {
  await openEngine('cpu');
  const rows = tf.tidy(() => {
    const square = tf.tensor2d([
      [1, 2, 2],
      [2, 0, 1],
      [1, -1, 3],
    ]);
    return orthonormalRows(square).dataSync();
  });
  // torch.linalg.qr(P.T).Q.T in float64, P as above
  const expected = [
    [-0.33333333, -0.66666667, -0.66666667],
    [0.86657824, -0.49518757, 0.06189845],
    [-0.37139068, -0.55708601, 0.74278135],
  ];
  expect(relativeError(rows as Float32Array, expected)).toBeLessThan(1e-6);
});

describe('a block that must divide a side', () => {
  it('is refused with the nearest sizes that fit', () => {
    expect(divides('blockSize', 8, 64, 'inputs')).toBeUndefined();
    expect(divides('blockSize', 5, 64, 'inputs')).toBe('blockSize: 5 does not divide the 64 inputs; 4 and 8 do');
    expect(divides('rank', 100, 64, 'outputs')).toBe('rank: 100 does not divide the 64 outputs; 64 does');
  });

  const unfit = (name: string, config: object, layer: LayerShape) => {
    const method: Method = findMethod(name);
    return method.unfit?.(layer, method.config.parse(config), [layer]);
  };
  const layer = { in: 24, out: 16, bias: true };

  it('is checked by OFT and BOFT, given as a size or as a number of blocks', () => {
    expect(unfit('oft', {}, layer)).toBeUndefined();
    expect(unfit('oft', { blockSize: 5 }, layer)).toBe('blockSize: 5 does not divide the 24 inputs; 4 and 6 do');
    expect(unfit('oft', { blocks: 7 }, layer)).toBe('blocks: 7 does not divide the 24 inputs; 6 and 8 do');
    expect(unfit('boft', { blockSize: 5 }, layer)).toBe('blockSize: 5 does not divide the 24 inputs; 4 and 6 do');
    expect(unfit('boft', { factors: 2 }, layer)).toBeUndefined();
    expect(unfit('boft', { factors: 3 }, layer)).toBe(
      'factors: 3 need 16 to divide the 24 inputs (block size 4); up to 2 fit',
    );
    expect(unfit('boft', { blockSize: 3, factors: 2 }, layer)).toBe(
      'factors: 2 need blocks of an even size, got 3; 1 takes any',
    );
  });

  it('is given once', () => {
    for (const name of ['oft', 'boft']) {
      const { error } = findMethod(name).config.safeParse({ blockSize: 4, blocks: 2 });
      expect(error?.issues[0]).toMatchObject({ path: ['blocks'], message: 'give blockSize or blocks, not both' });
    }
  });
});
