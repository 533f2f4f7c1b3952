/**
 * @file Features that examples are chosen by: gradients of their losses, projected, centred over candidates and targets, whitened by
 * the Cholesky factor of their covariance and of length 1.
 */
import { CholeskyDecomposition, Matrix, solve } from 'ml-matrix';
import type { SelectionInput } from './recipe.js';

/** Share of the mean variance that is added to all variances: the covariance of features that lie in a plane has no inverse. */
const RIDGE = 1e-5;

export interface Features {
  /** `[candidates, directions]` */
  candidates: Matrix;
  /** `[targets, directions]` */
  targets: Matrix;
}

/** Gradients as they were projected. @throws Error where the recipe asks for none */
export function gradientsOf({ candidates, targets }: SelectionInput<unknown>): Features {
  if (!candidates.gradients || !targets.gradients) {
    throw new Error('A choice by gradients needs directions that they are projected on');
  }
  return { candidates: candidates.gradients, targets: targets.gradients };
}

/** Makes rows of length 1; a row of zeros stays. */
export function atLengthOne({ candidates, targets }: Features): Features {
  const scaled = (rows: Matrix) => {
    const made = rows.clone();
    for (let row = 0; row < rows.rows; row++) {
      const length = Math.sqrt(rows.getRow(row).reduce((sum, value) => sum + value * value, 0));
      made.mulRow(row, 1 / Math.max(length, 1e-12));
    }
    return made;
  };
  return { candidates: scaled(candidates), targets: scaled(targets) };
}

/** Takes off the mean of both sides together. */
export function centred({ candidates, targets }: Features): Features {
  const both = stacked({ candidates, targets });
  const means = both.mean('column');
  return {
    candidates: candidates.clone().subRowVector(means),
    targets: targets.clone().subRowVector(means),
  };
}

/**
 * `x L⁻ᵀ` of centred rows, with `L Lᵀ` the covariance of both sides: no direction is longer than another because gradients are
 * large along it.
 */
export function whitened(features: Features): Features {
  const both = stacked(features);
  const covariance = both.transpose().mmul(both).div(both.rows);
  const ridge = Math.max(RIDGE * (covariance.trace() / covariance.rows), Number.MIN_VALUE);
  for (let at = 0; at < covariance.rows; at++) covariance.set(at, at, covariance.get(at, at) + ridge);
  const { lowerTriangularMatrix } = new CholeskyDecomposition(covariance);
  const of = (rows: Matrix) => solve(lowerTriangularMatrix, rows.transpose()).transpose();
  return { candidates: of(features.candidates), targets: of(features.targets) };
}

function stacked({ candidates, targets }: Features): Matrix {
  const both = new Matrix(candidates.rows + targets.rows, candidates.columns);
  both.setSubMatrix(candidates, 0, 0);
  both.setSubMatrix(targets, candidates.rows, 0);
  return both;
}
