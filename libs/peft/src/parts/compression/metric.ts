/**
 * @file Metrics that the error of a compressed kernel is weighed by. A kernel `W [in, out]` is replaced by `Ŵ` of rank r so that
 * `‖S·(W − Ŵ)‖_F` is least, for a root `S` of the metric `H = SᵀS [in, in]`. With `H = E[xᵀx]` that is the error of what
 * the layer puts out.
 */
import { Matrix } from 'ml-matrix';
import type { InputMoments, RowMoments } from '../../method.js';

/** `identity`: every entry of the kernel counts alike. `roots`: H is diagonal, and these are the roots of its entries. */
export type Metric =
  | { kind: 'identity' }
  | { kind: 'diagonal'; roots: ArrayLike<number> }
  | { kind: 'full'; h: Matrix };

export const identity: Metric = { kind: 'identity' };

/** `E[xᵀx]`: the mean squared error of outputs. Of a table it weighs every row by how often it is read. */
export function secondMoment({ rows, mean, scatter }: InputMoments): Metric {
  if (scatter === undefined) return { kind: 'diagonal', roots: mean.map(Math.sqrt) };
  const column = Matrix.columnVector(Array.from(mean));
  return { kind: 'full', h: Matrix.div(scatter, rows).add(column.mmul(column.transpose())) };
}

/** `E[(x − E[x])ᵀ(x − E[x])]`: the same where a bias takes up the error of the mean output. */
export function covariance({ rows, scatter }: RowMoments): Metric {
  return { kind: 'full', h: Matrix.div(scatter, rows) };
}

/** Input channels by their mean magnitude to a power: `d = E[|x|]^alpha + 1e-6`. */
export function magnitudes({ absoluteMean }: InputMoments, alpha: number): Metric {
  return { kind: 'diagonal', roots: absoluteMean.map((value) => value ** alpha + 1e-6) };
}

/** `‖S·error‖²_F`, for an error `[in, out]`. */
export function weighed(error: Matrix, metric: Metric): number {
  if (metric.kind === 'full') return error.transpose().mmul(metric.h).mmul(error).trace();
  return scaled(error, metric).norm('frobenius') ** 2;
}

/** `S·matrix`, where the metric is no more than a scale of rows. */
export function scaled(matrix: Matrix, metric: Exclude<Metric, { kind: 'full' }>): Matrix {
  if (metric.kind === 'identity') return matrix;
  return matrix.clone().mulColumnVector(Array.from(metric.roots));
}
