/** @file Optimal transport between two sets of examples that weigh alike, by the entropic relaxation (Cuturi 2013, arXiv 1306.0895). */
import type { Matrix } from 'ml-matrix';

/** Strength of the entropy, in the unit of the cost, which is at most 2. */
const ENTROPY = 0.05;
const MOST_ROUNDS = 300;
/** Potentials that move by less have settled. */
const SETTLED = 1e-7;

/** `√(2 − 2 cos)` of rows of length 1: their Euclidean distance. @returns `[first, second]` */
export function distances(first: Matrix, second: Matrix): Matrix {
  const cost = first.mmul(second.transpose());
  for (let row = 0; row < cost.rows; row++) {
    for (let column = 0; column < cost.columns; column++) {
      cost.set(row, column, Math.sqrt(Math.max(0, 2 - 2 * cost.get(row, column))));
    }
  }
  return cost;
}

export interface Transport {
  /** Cost of the plan, without its entropy. */
  cost: number;
  /** Potential of each row: how much further mass there would cost. */
  potentials: Float64Array;
}

/**
 * The plan that moves rows, each `1 / rows` of the mass, to columns by Sinkhorn's iterations on logarithms.
 *
 * @param cost `[rows, columns]`
 * @throws RangeError where there is no row or no column
 */
export function transport(cost: Matrix): Transport {
  const { rows, columns } = cost;
  if (rows === 0 || columns === 0)
    throw new RangeError(`transport: expected mass on both sides, got ${rows} × ${columns}`);
  const scaled = Float64Array.from(cost.to1DArray(), (value) => value / ENTROPY);
  const [ofRows, ofColumns] = [new Float64Array(rows), new Float64Array(columns)];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let moved = 0;
    for (let row = 0; row < rows; row++) {
      const at = row * columns;
      const next = -logMean(columns, (column) => ofColumns[column]! - scaled[at + column]!);
      moved = Math.max(moved, Math.abs(next - ofRows[row]!));
      ofRows[row] = next;
    }
    for (let column = 0; column < columns; column++) {
      ofColumns[column] = -logMean(rows, (row) => ofRows[row]! - scaled[row * columns + column]!);
    }
    if (moved * ENTROPY < SETTLED) break;
  }
  let total = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const own = scaled[row * columns + column]!;
      total += Math.exp(ofRows[row]! + ofColumns[column]! - own) * own;
    }
  }
  return {
    cost: (total * ENTROPY) / (rows * columns),
    potentials: ofRows.map((potential) => potential * ENTROPY),
  };
}

/** `log mean exp` of so many values. */
function logMean(count: number, of: (index: number) => number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < count; index++) most = Math.max(most, of(index));
  let sum = 0;
  for (let index = 0; index < count; index++) sum += Math.exp(of(index) - most);
  return most + Math.log(sum / count);
}
