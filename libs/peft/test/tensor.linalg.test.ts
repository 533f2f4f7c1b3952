import { readFileSync } from 'node:fs';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { randomizedSvd } from '../src/tensor/linalg.js';
import { expectClose } from './support/close.js';

interface Case {
  matrix: number[][];
  start: number[][];
  iterations: number;
  values: number[];
  product: number[][];
}

const { cases } = JSON.parse(readFileSync(new URL('vectors/tensor/randomized-svd.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

describe('a randomized SVD', () => {
  it.each(cases)('is that of torch from the same start ($iterations iterations)', (given) => {
    const matrix = new Matrix(given.matrix);
    const { left, values, right } = randomizedSvd(matrix, new Matrix(given.start), given.iterations);
    expectClose(values, given.values, 1e-9, 'singular values');
    const product = left.mmul(Matrix.diag(values)).mmul(right.transpose());
    expectClose(product.to2DArray(), given.product, 1e-9, 'their product');
    const rank = values.length;
    expectClose(left.transpose().mmul(left).to2DArray(), Matrix.eye(rank).to2DArray(), 1e-12, 'UᵀU');
    expectClose(right.transpose().mmul(right).to2DArray(), Matrix.eye(rank).to2DArray(), 1e-12, 'VᵀV');
  });

  it('refuses a rank that the matrix cannot have', () => {
    expect(() => randomizedSvd(new Matrix(3, 2), new Matrix(2, 3), 1)).toThrow(
      'Rank of a 3×2 matrix must be an integer from 1 to 2, got 3',
    );
  });
});
