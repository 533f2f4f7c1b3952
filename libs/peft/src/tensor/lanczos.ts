/**
 * @file The few largest singular triplets of a large matrix, without the others: Golub-Kahan-Lanczos bidiagonalization with full
 * reorthogonalization (Golub and Kahan 1965; Larsen 1998, "Lanczos bidiagonalization with partial reorthogonalization"). What it finds is
 * that of a whole SVD to 1e-12 of the largest value, for about a hundred products with a vector in place of a cubic number of operations.
 */
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { createRandom, type Random } from './random.js';

/** A shorter side from which on few triplets are found sooner than all, and how many times their number it must be. */
const worthwhile = { side: 128, times: 8 } as const;

/** Residual of a triplet that is found, over the largest singular value. */
const TOLERANCE = 1e-12;

/** Residual of the largest triplet of the rest, by which one that was missed is known. */
const LEFT_OVER_TOLERANCE = 1e-3;

/** Share of the smallest value found by which one of the rest may be larger. */
const SLACK = 1e-6;

/** `left [rows, rank] · diag(values) · right [columns, rank]ᵀ`, values in descending order. */
export interface SingularTriplets {
  left: Matrix;
  values: number[];
  right: Matrix;
}

interface Triplets {
  /** One vector each, of the rows. */
  left: Float64Array[];
  /** In descending order. */
  values: number[];
  /** One vector each, of the columns. */
  right: Float64Array[];
}

/** A matrix by what it does to a vector. */
interface Operator {
  rows: number;
  columns: number;
  /** `A·v`. */
  times(vector: Float64Array): Float64Array;
  /** `Aᵀ·u`. */
  across(vector: Float64Array): Float64Array;
}

/**
 * The `rank` largest singular triplets of `matrix [rows, columns]`. Signs are free; the same matrix gives the same bits.
 *
 * @returns undefined where a whole SVD is the better way: a small matrix, more than an eighth of its rank, one of a lower rank, or largest
 * values that are equal or lie too close together
 * @example
 * largestTriplets(matrix, 8)?.values; // 8 of them, in descending order
 */
export function largestTriplets(matrix: Matrix, rank: number): SingularTriplets | undefined {
  const shorter = Math.min(matrix.rows, matrix.columns);
  if (shorter < worthwhile.side || shorter < worthwhile.times * rank) return undefined;
  const operator = operatorOf(matrix);
  const random = createRandom('lanczos');
  const found = bidiagonalized(operator, { rank, tolerance: TOLERANCE, random });
  if (!found || missesOne(operator, found, random)) return undefined;
  return { left: columnsOf(found.left), values: found.values, right: columnsOf(found.right) };
}

/**
 * Whether a larger value than the smallest one found is left. One start vector meets a single direction among those of equal values, so that
 * their others would be missed.
 */
function missesOne(operator: Operator, { left, values, right }: Triplets, random: Random): boolean {
  const rest: Operator = {
    ...operator,
    times: (vector) => without(operator.times(vector), left),
    across: (vector) => without(operator.across(vector), right),
  };
  const largest = bidiagonalized(rest, { rank: 1, tolerance: LEFT_OVER_TOLERANCE, random, besides: right });
  // Nothing is left of a matrix whose rank is that of what was found.
  return largest !== undefined && largest.values[0]! > values.at(-1)! * (1 + SLACK);
}

interface Asked {
  rank: number;
  tolerance: number;
  random: Random;
  /** The start is orthogonal to these. */
  besides?: readonly Float64Array[];
}

/** Undefined where it does not converge in a subspace of half the shorter side, or breaks off before. */
function bidiagonalized(
  { rows, columns, times, across }: Operator,
  { rank, tolerance, random, besides = [] }: Asked,
): Triplets | undefined {
  const most = Math.floor(Math.min(rows, columns) / 2);
  const [left, right]: [Float64Array[], Float64Array[]] = [[], []];
  const [diagonal, above]: [number[], number[]] = [[], []];
  let next = without(
    Float64Array.from({ length: columns }, () => random.normal()),
    besides,
  );
  scale(next, 1 / length(next));
  let due = rank + 8;
  for (let size = 1; size <= most; size += 1) {
    right.push(next);
    const image = times(next);
    if (size > 1) add(image, left[size - 2]!, -above[size - 2]!);
    if (!normalized(image, left, diagonal)) return undefined;
    left.push(image);
    const along = across(image);
    add(along, next, -diagonal[size - 1]!);
    if (!normalized(along, right, above)) return undefined;
    next = along;
    if (size < due && size < most) continue;
    const triplets = converged({ left, right, diagonal, above }, rank, tolerance);
    if (triplets) return triplets;
    due = size + Math.max(8, Math.floor(size / 3));
  }
  return undefined;
}

/** Makes a vector orthogonal to others and of length 1; its length before goes to `lengths`. False where nothing of it is left. */
function normalized(vector: Float64Array, others: readonly Float64Array[], lengths: number[]): boolean {
  without(vector, others);
  const size = length(vector);
  lengths.push(size);
  scale(vector, 1 / size);
  return size > Number.EPSILON * Math.max(...lengths);
}

/** The triplets that the bidiagonal matrix so far leads to, where the residuals of all are small. */
function converged(
  { left, right, diagonal, above }: Record<'left' | 'right', Float64Array[]> & Record<'diagonal' | 'above', number[]>,
  rank: number,
  tolerance: number,
): Triplets | undefined {
  const size = diagonal.length;
  const bidiagonal = Matrix.diag(diagonal);
  for (let at = 1; at < size; at += 1) bidiagonal.set(at - 1, at, above[at - 1]!);
  const small = new SingularValueDecomposition(bidiagonal);
  const values = small.diagonal.slice(0, rank);
  const residual = (at: number) => Math.abs(above[size - 1]! * small.leftSingularVectors.get(size - 1, at));
  if (values.some((_, at) => residual(at) > tolerance * values[0]!)) return undefined;
  return {
    left: values.map((_, at) => combined(left, small.leftSingularVectors.getColumn(at))),
    values,
    right: values.map((_, at) => combined(right, small.rightSingularVectors.getColumn(at))),
  };
}

function operatorOf(matrix: Matrix): Operator {
  const { rows, columns } = matrix;
  const entries = Array.from({ length: rows }, (_, row) => Float64Array.from(matrix.getRow(row)));
  return {
    rows,
    columns,
    times(vector) {
      const image = new Float64Array(rows);
      entries.forEach((row, at) => {
        image[at] = dot(row, vector);
      });
      return image;
    },
    across(vector) {
      const sum = new Float64Array(columns);
      entries.forEach((row, at) => {
        add(sum, row, vector[at]!);
      });
      return sum;
    },
  };
}

/** Takes the parts along orthonormal vectors out of a vector, in place; twice, for what rounding leaves of them. */
function without(vector: Float64Array, others: readonly Float64Array[]): Float64Array {
  for (let pass = 0; pass < 2; pass += 1) for (const other of others) add(vector, other, -dot(vector, other));
  return vector;
}

function combined(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  weights.forEach((weight, at) => {
    add(sum, vectors[at]!, weight);
  });
  return sum;
}

function columnsOf(vectors: readonly Float64Array[]): Matrix {
  const matrix = new Matrix(vectors[0]!.length, vectors.length);
  vectors.forEach((vector, column) => {
    matrix.setColumn(column, Array.from(vector));
  });
  return matrix;
}

const length = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));

/** Adds up in four sums, of which a processor computes several at a time. */
function dot(a: Float64Array, b: Float64Array): number {
  const even = a.length - (a.length % 4);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let at = 0; at < even; at += 4) {
    first += a[at]! * b[at]!;
    second += a[at + 1]! * b[at + 1]!;
    third += a[at + 2]! * b[at + 2]!;
    fourth += a[at + 3]! * b[at + 3]!;
  }
  for (let at = even; at < a.length; at += 1) first += a[at]! * b[at]!;
  return first + second + third + fourth;
}

/** Adds a multiple of a vector to another, in place. */
function add(to: Float64Array, vector: Float64Array, weight: number): void {
  for (let at = 0; at < to.length; at += 1) to[at]! += weight * vector[at]!;
}

function scale(vector: Float64Array, factor: number): void {
  for (let at = 0; at < vector.length; at += 1) vector[at]! *= factor;
}
