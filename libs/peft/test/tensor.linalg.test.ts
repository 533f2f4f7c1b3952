import { readFileSync } from 'node:fs';
import { Matrix, QrDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { largestTriplets } from '../src/tensor/lanczos.js';
import { leadingBasis, principalComponents, randomizedSvd, truncatedSvd } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
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

describe('the largest singular triplets', () => {
  const drawn = (rows: number, columns: number, label: string) => {
    const random = createRandom(label);
    const matrix = Matrix.zeros(rows, columns).apply(function (this: Matrix, row, column) {
      this.set(row, column, random.normal());
    });
    return new QrDecomposition(matrix).orthogonalMatrix;
  };
  /** A matrix whose singular values and vectors are known. */
  const made = (rows: number, columns: number, values: readonly number[]) => {
    const [left, right] = [drawn(rows, values.length, 'left'), drawn(columns, values.length, 'right')];
    return { matrix: left.mmul(Matrix.diag([...values])).mmul(right.transpose()), left, right };
  };
  const falling = (count: number) => Array.from({ length: count }, (_, at) => 10 * 0.97 ** at);
  const first = (matrix: Matrix, count: number) => matrix.subMatrix(0, matrix.rows - 1, 0, count - 1);
  const projector = (basis: Matrix) => basis.mmul(basis.transpose()).to2DArray();

  it.each([
    [200, 130],
    [130, 200],
  ])('come out as a matrix of %i x %i was made of them', (rows, columns) => {
    const values = falling(130);
    const { matrix, left, right } = made(rows, columns, values);
    const found = largestTriplets(matrix, 6)!;
    expectClose(found.values, values.slice(0, 6), 1e-12, 'singular values');
    expectClose(projector(found.left), projector(first(left, 6)), 1e-9, 'left vectors');
    expectClose(projector(found.right), projector(first(right, 6)), 1e-9, 'right vectors');
    const again = largestTriplets(matrix, 6)!;
    expect(again.left.to1DArray()).toEqual(found.left.to1DArray());
    const truncated = truncatedSvd(matrix, 6);
    expectClose(truncated.values, values.slice(0, 6), 1e-12, 'truncated');
    const product = ({ left, values, right }: typeof found) =>
      left.mmul(Matrix.diag(values)).mmul(right.transpose()).to2DArray();
    expectClose(product(truncated), product(found), 1e-12, 'their product');
    expectClose(projector(leadingBasis(matrix, 6)), projector(found.left), 1e-9, 'basis');
  });

  it('give the principal components of a scatter matrix', () => {
    const values = falling(140);
    const { left } = made(140, 140, values);
    const scatter = left.mmul(Matrix.diag(values)).mmul(left.transpose());
    const { vectors, variances } = principalComponents(scatter, 5);
    expectClose(variances, values.slice(0, 5), 1e-12, 'variances');
    expectClose(projector(vectors), projector(first(left, 5)), 1e-9, 'vectors');
  });

  it.each<[string, number[], number]>([
    [
      'two are equal, of which one start meets a single direction',
      [10, 10, 9, ...falling(127).map((value) => value / 5)],
      2,
    ],
    ['the matrix has a lower rank', [3, 2], 4],
    ['nothing is there', [0], 1],
    ['they lie too close together', Array.from({ length: 130 }, (_, at) => 1 + 1e-9 * at), 3],
    ['they are more than an eighth of all', falling(130), 17],
  ])('leave it to a whole SVD where %s', (_, values, rank) => {
    const { matrix } = made(150, 130, values);
    expect(largestTriplets(matrix, rank)).toBeUndefined();
    const wanted = [...values].sort((a, b) => b - a);
    const found = truncatedSvd(matrix, rank).values;
    expectClose(
      found,
      Array.from({ length: rank }, (_, at) => wanted[at] ?? 0),
      1e-9,
      'singular values',
    );
  });
});
