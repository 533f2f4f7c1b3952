/**
 * @file The best product of two thin matrices in place of a kernel, under any metric. With `V_r [out, r]` the leading right
 * singular vectors of `S·W` it is `W·V_r · V_rᵀ`: `S` is never inverted, so that the metric may be singular.
 */
import { Matrix } from 'ml-matrix';
import { principalComponents, truncatedSvd } from '../../tensor/linalg.js';
import { type Metric, scaled } from './metric.js';

/** `a [in, rank]` and `b [rank, out]`; column k of `a` is as long as row k of `b`. */
export interface Factors {
  a: Matrix;
  b: Matrix;
}

/** Singular values below this share of the largest are rounding: they come from eigenvalues, which are their squares. */
const ROUNDING = 1e-7;

/**
 * Factors with the least `‖S·(kernel − a·b)‖_F`. Of what the metric does not see, plain singular vectors decide, so that
 * the product is the kernel at the full rank.
 *
 * @throws RangeError if `rank` is not between 1 and min(in, out)
 * @example
 * factorize(new Matrix([[3, 0], [0, 2]]), 1, { kind: 'diagonal', roots: [1, 2] }); // keeps the 2: it counts twice
 */
export function factorize(kernel: Matrix, rank: number, metric: Metric): Factors {
  const right = leadingRight(kernel, rank, metric);
  const a = kernel.mmul(right);
  const b = right.transpose();
  for (let k = 0; k < rank; k++) {
    const length = Math.sqrt(a.getColumnVector(k).norm('frobenius'));
    if (length === 0) continue;
    const sign = largestOf(b.getRow(k)) < 0 ? -1 : 1;
    a.mulColumn(k, sign / length);
    b.mulRow(k, sign * length);
  }
  return { a, b };
}

function leadingRight(kernel: Matrix, rank: number, metric: Metric): Matrix {
  if (metric.kind === 'identity') return truncatedSvd(kernel, rank).right;
  const { right, values } = weighedSingular(kernel, rank, metric);
  const seen = values.filter((value) => value > ROUNDING * values[0]!).length;
  if (seen === rank) return right;
  const known = seen === 0 ? new Matrix(right.rows, 0) : right.subMatrix(0, right.rows - 1, 0, seen - 1);
  const unseen = Matrix.sub(kernel, kernel.mmul(known).mmul(known.transpose()));
  const rest = truncatedSvd(unseen, rank - seen).right;
  return seen === 0 ? rest : new Matrix(right.rows, rank).setSubMatrix(known, 0, 0).setSubMatrix(rest, 0, seen);
}

/** Leading right singular vectors `[out, rank]` and values of `S·kernel`, by the smaller of its two Gram matrices. */
function weighedSingular(kernel: Matrix, rank: number, metric: Exclude<Metric, { kind: 'identity' }>) {
  if (metric.kind === 'diagonal') return truncatedSvd(scaled(kernel, metric), rank);
  const { h } = metric;
  if (kernel.columns < kernel.rows) {
    const gram = kernel.transpose().mmul(h).mmul(kernel);
    const { vectors, variances } = principalComponents(gram, rank);
    return { right: vectors, values: variances.map(Math.sqrt) };
  }
  // S = √Λ·Qᵀ of H = Q·Λ·Qᵀ.
  const { vectors, variances } = principalComponents(h, h.rows);
  const root = vectors.transpose().mulColumnVector(variances.map(Math.sqrt));
  return truncatedSvd(root.mmul(kernel), rank);
}

const largestOf = (values: readonly number[]): number =>
  values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
