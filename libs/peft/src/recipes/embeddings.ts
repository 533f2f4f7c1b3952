/** @file Embeddings of the rows of a batch on the host: at length 1, and gradients back through that. */

export interface Embeddings {
  width: number;
  /** Rows at length 1, one after another. */
  units: Float32Array;
  lengths: Float32Array;
}

/** Added to squared lengths, as on the device, so that a row of zeros stays one. */
const EPSILON = 1e-12;

/** @param outputs `[rows, width]` */
export function embeddingsOf(outputs: Float32Array, rows: number): Embeddings {
  const width = outputs.length / rows;
  const units = new Float32Array(outputs.length);
  const lengths = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = outputs.subarray(row * width, (row + 1) * width);
    const length = Math.sqrt(own.reduce((sum, x) => sum + x * x, EPSILON));
    lengths[row] = length;
    for (let at = 0; at < width; at++) units[row * width + at] = own[at]! / length;
  }
  return { width, units, lengths };
}

/** Inner product of a row of `a` with one of `b`. */
export function inner(a: Float32Array, rowOfA: number, b: Float32Array, rowOfB: number, width: number): number {
  let sum = 0;
  for (let at = 0, i = rowOfA * width, j = rowOfB * width; at < width; at++) sum += a[i++]! * b[j++]!;
  return sum;
}

/** Adds `weight` times a row of `from` to a row of `to`. */
export function addRow(
  to: Float64Array,
  row: number,
  from: Float32Array,
  rowOfFrom: number,
  { weight, width }: { weight: number; width: number },
): void {
  for (let at = 0, i = row * width, j = rowOfFrom * width; at < width; at++) to[i++]! += weight * from[j++]!;
}

/** The gradient of the outputs, from that of their rows at length 1: what points along a row has no effect. */
export function throughLengths(gradient: Float64Array, { width, units, lengths }: Embeddings): Float32Array {
  const through = new Float32Array(gradient.length);
  for (let row = 0; row < lengths.length; row++) {
    const start = row * width;
    let along = 0;
    for (let at = start; at < start + width; at++) along += gradient[at]! * units[at]!;
    for (let at = start; at < start + width; at++) through[at] = (gradient[at]! - along * units[at]!) / lengths[row]!;
  }
  return through;
}
