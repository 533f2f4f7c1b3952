/** @file Host linear algebra in float64 that ml-matrix does not give as it is needed here. */
import {
  EigenvalueDecomposition,
  LuDecomposition,
  Matrix,
  QrDecomposition,
  SingularValueDecomposition,
} from 'ml-matrix';
import { largestTriplets, type SingularTriplets } from './lanczos.js';

export type { SingularTriplets } from './lanczos.js';

/**
 * The `rank` largest singular triplets of `matrix [rows, columns]`: `matrix ≈ left · diag(values) · rightᵀ`.
 * The signs of singular vectors are free; here the entry of largest magnitude of every left vector is positive, so
 * that two implementations agree.
 *
 * @returns left `[rows, rank]`, values in descending order, right `[columns, rank]`
 * @throws RangeError if `rank` is not between 1 and min(rows, columns)
 *
 * @example
 * const { left, values, right } = truncatedSvd(new Matrix([[3, 0], [0, -2]]), 1);
 * // left [[1], [0]], values [3], right [[1], [0]]
 */
export function truncatedSvd(matrix: Matrix, rank: number): SingularTriplets {
  checkRank(rank, matrix);
  const few = once(matrix, `largest ${rank}`, () => largestTriplets(matrix, rank));
  if (few) return withSigns({ ...few, left: few.left.clone(), right: few.right.clone() });
  const svd = once(matrix, 'svd', () => new SingularValueDecomposition(matrix, { autoTranspose: true }));
  return withSigns({
    left: firstColumns(svd.leftSingularVectors, rank),
    values: svd.diagonal.slice(0, rank),
    right: firstColumns(svd.rightSingularVectors, rank),
  });
}

/**
 * About the largest singular triplets of `matrix [rows, columns]`, as many as `start` has columns: of the part of the matrix
 * in a subspace that begins at random and is turned towards the largest by power iterations. Cheaper than the whole SVD where
 * the rank is far below the sides.
 *
 * Source: Halko, Martinsson, Tropp, "Finding structure with randomness" (2011), algorithms 4.4 and 5.1, without
 * oversampling, on the matrix or its transpose, whichever is not wider than high: `torch.svd_lowrank`.
 *
 * @param start Gaussian `[min(rows, columns), rank]`
 * @returns as `truncatedSvd`
 * @throws RangeError if the rank is not between 1 and min(rows, columns)
 *
 * @example
 * randomizedSvd(new Matrix([[3, 0], [0, 1]]), new Matrix([[1], [1]]), 8).values // about [3]
 */
export function randomizedSvd(matrix: Matrix, start: Matrix, iterations: number): SingularTriplets {
  checkRank(start.columns, matrix);
  const wide = matrix.rows < matrix.columns;
  const tall = wide ? matrix.transpose() : matrix;
  const across = tall.transpose();
  let basis = orthonormal(tall.mmul(start));
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    basis = orthonormal(tall.mmul(orthonormal(across.mmul(basis))));
  }
  const svd = new SingularValueDecomposition(basis.transpose().mmul(tall), { autoTranspose: true });
  const [left, right] = [basis.mmul(svd.leftSingularVectors), svd.rightSingularVectors];
  return withSigns({ left: wide ? right : left, values: svd.diagonal, right: wide ? left : right });
}

function withSigns(triplets: SingularTriplets): SingularTriplets {
  const { left, right } = triplets;
  for (let column = 0; column < left.columns; column += 1) {
    if (largestEntry(left, column) < 0) {
      left.mulColumn(column, -1);
      right.mulColumn(column, -1);
    }
  }
  return triplets;
}

const orthonormal = (matrix: Matrix): Matrix => new QrDecomposition(matrix).orthogonalMatrix;

/** All singular values in descending order. */
export function singularValues(matrix: Matrix): number[] {
  const options = { computeLeftSingularVectors: false, computeRightSingularVectors: false, autoTranspose: true };
  return [...once(matrix, 'singular-values', () => new SingularValueDecomposition(matrix, options).diagonal)];
}

/**
 * Orthonormal basis `[rows, rank]` of the `rank` leading left singular vectors, signs as in `truncatedSvd`.
 * Where they are not few beside the sides they are taken from the eigenvectors of `matrix·matrixᵀ`: several times faster than an SVD when
 * rows ≤ columns, and as exact as float32 input allows (singular values below 1e-8 of the largest are lost).
 *
 * @throws RangeError if `rank` is not between 1 and rows
 */
export function leadingBasis(matrix: Matrix, rank: number): Matrix {
  checkRank(rank, matrix);
  const few = rank <= matrix.columns ? largestTriplets(matrix, rank) : undefined;
  if (few) return withSigns(few).left;
  const { eigenvectorMatrix } = new EigenvalueDecomposition(matrix.mmul(matrix.transpose()), { assumeSymmetric: true });
  // Eigenvalues ascend.
  const basis = new Matrix(matrix.rows, rank);
  for (let column = 0; column < rank; column += 1) {
    basis.setColumn(column, eigenvectorMatrix.getColumn(matrix.rows - 1 - column));
    if (largestEntry(basis, column) < 0) basis.mulColumn(column, -1);
  }
  return basis;
}

/**
 * The `count` leading eigenvectors of a symmetric matrix without negative eigenvalues, such as a scatter matrix, and
 * their eigenvalues: the variances along them. The entry of largest magnitude of every vector is positive.
 *
 * @returns vectors `[rows, count]`, variances in descending order, none below 0
 * @throws RangeError if `count` is not between 1 and rows
 */
export function principalComponents(scatter: Matrix, count: number): { vectors: Matrix; variances: number[] } {
  checkRank(count, scatter);
  const few = once(scatter, `largest ${count}`, () => largestTriplets(scatter, count));
  // Left and right vectors are the same.
  if (few) return { vectors: withSigns({ ...few, left: few.left.clone() }).left, variances: few.values };
  const decompose = () => new EigenvalueDecomposition(scatter, { assumeSymmetric: true });
  const { eigenvectorMatrix, realEigenvalues } = once(scatter, 'eigen', decompose);
  // Eigenvalues ascend.
  const order = Array.from({ length: count }, (_, index) => scatter.rows - 1 - index);
  const vectors = eigenvectorMatrix.subMatrixColumn(order);
  for (let column = 0; column < count; column += 1) {
    if (largestEntry(vectors, column) < 0) vectors.mulColumn(column, -1);
  }
  return { vectors, variances: order.map((index) => Math.max(0, realEigenvalues[index]!)) };
}

/**
 * The first `rank` columns `[rows, rank]` of Q in `matrix = Q·R`. Signs are free; here the diagonal of R is positive.
 * The matching rows of R are `Qᵀ·matrix`.
 *
 * @throws RangeError if `rank` is not between 1 and min(rows, columns)
 */
export function leadingQ(matrix: Matrix, rank: number): Matrix {
  checkRank(rank, matrix);
  // They are the Q of the first columns alone.
  const { orthogonalMatrix: q, upperTriangularMatrix: r } = new QrDecomposition(firstColumns(matrix, rank));
  for (let column = 0; column < rank; column += 1) {
    if (r.get(column, column) < 0) q.mulColumn(column, -1);
  }
  return q;
}

/**
 * The first `rank` terms of `matrix = P·L·D·U` with rows pivoted, L and U of unit diagonal:
 * `matrix ≈ lower · diag(diagonal) · upper`, exact at the full rank.
 *
 * @returns lower `P·L` `[rows, rank]`, diagonal, upper `[rank, columns]`
 * @throws RangeError if `rank` is not between 1 and min(rows, columns), or a pivot is zero
 */
export function truncatedLdu(matrix: Matrix, rank: number): { lower: Matrix; diagonal: number[]; upper: Matrix } {
  checkRank(rank, matrix);
  // The pivots and L of the first columns alone are those of the whole.
  const decomposition = new LuDecomposition(firstColumns(matrix, rank));
  const { lowerTriangularMatrix: unpivoted, upperTriangularMatrix, pivotPermutationVector: order } = decomposition;
  const diagonal = upperTriangularMatrix.diagonal();
  const zero = diagonal.indexOf(0);
  if (zero >= 0) {
    throw new RangeError(
      `Pivot ${zero + 1} of a ${matrix.rows}×${matrix.columns} matrix is zero: its rank is below ${rank}`,
    );
  }
  const lower = new Matrix(matrix.rows, rank);
  order.forEach((row, index) => {
    lower.setRow(row, unpivoted.getRow(index));
  });
  // D·U by forward substitution of the first rows of L.
  const upper = new Matrix(rank, matrix.columns);
  for (let k = 0; k < rank; k += 1) {
    const row = matrix.getRowVector(order[k]!);
    for (let j = 0; j < k; j += 1) row.sub(Matrix.mul(upper.getRowVector(j), unpivoted.get(k, j)));
    upper.setRow(k, row);
  }
  for (let k = 0; k < rank; k += 1) upper.mulRow(k, 1 / diagonal[k]!);
  return { lower, diagonal, upper };
}

/** Euclidean length of every column. */
export function columnNorms(matrix: Matrix): number[] {
  return Array.from({ length: matrix.columns }, (_, column) => Math.hypot(...matrix.getColumn(column)));
}

const lasting = new WeakMap<Matrix, Map<string, unknown>>();

/**
 * Says that a matrix will never change: it is decomposed once, however often it is asked for, and what was found goes
 * when the matrix does.
 *
 * @returns the matrix
 */
export function lastingMatrix(matrix: Matrix): Matrix {
  if (!lasting.has(matrix)) lasting.set(matrix, new Map());
  return matrix;
}

/** A matrix with a row below it, such as the bias of a kernel: of a lasting one and always the same row it is made once, and lasts as long. */
export function withRow(matrix: Matrix, row: ArrayLike<number>): Matrix {
  return once(matrix, 'with-row', () =>
    lastingMatrix(Matrix.from1DArray(matrix.rows + 1, matrix.columns, [...matrix.to1DArray(), ...Array.from(row)])),
  );
}

/** Float64 bytes of a lasting matrix with what may be found of it: two sets of singular vectors, or of eigenvectors. */
export function lastingBytes({ rows, columns }: { rows: number; columns: number }): number {
  const least = Math.min(rows, columns);
  return 8 * (rows * columns + (rows + columns + 1) * least);
}

function once<T>(matrix: Matrix, what: string, compute: () => T): T {
  const known = lasting.get(matrix);
  if (known === undefined) return compute();
  if (!known.has(what)) known.set(what, compute());
  return known.get(what) as T;
}

function checkRank(rank: number, { rows, columns }: Matrix): void {
  const most = Math.min(rows, columns);
  if (!Number.isInteger(rank) || rank < 1 || rank > most) {
    throw new RangeError(`Rank of a ${rows}×${columns} matrix must be an integer from 1 to ${most}, got ${rank}`);
  }
}

function firstColumns(matrix: Matrix, count: number): Matrix {
  return matrix.subMatrix(0, matrix.rows - 1, 0, count - 1);
}

function largestEntry(matrix: Matrix, column: number): number {
  return matrix.getColumn(column).reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
}
