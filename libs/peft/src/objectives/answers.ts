/** @file The right answers of a batch, and functions by which scores are made on the host. */
import type { Batch } from './data.js';

/** How many targets count. */
export const counted = (targets: Int32Array): number =>
  targets.reduce((count, target) => count + (target < 0 ? 0 : 1), 0);

/** Indices of `rows` of the counted tokens, or of all where there are no more. */
export function countedRows({ targets }: Batch, rows: number): Int32Array {
  const all = Int32Array.from(targets.keys()).filter((row) => targets[row]! >= 0);
  const taken = Math.min(rows, all.length);
  return Int32Array.from({ length: taken }, (_, index) => all[Math.floor((index * all.length) / taken)]!);
}

/** Rows of each unit, one unit after another. */
export const groupsOf = ({ groups, size }: Batch): Int32Array => groups ?? new Int32Array(size).fill(1);

/** @throws Error where the batch holds none */
export function valuesOf({ values }: Batch): Float32Array {
  if (values === undefined) throw new Error('A batch of numbers to predict must hold values');
  return values;
}

/** `log(1 + exp(x))`, finite for every x. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The place of the largest output; of equal ones the first. */
export const largestOf = (outputs: readonly number[]): number =>
  outputs.indexOf(outputs.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY));
