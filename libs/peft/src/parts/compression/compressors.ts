/** @file Compressed kernels `Ŵ` that need no data: what a compensation starts from. They are the same for the same kernel. */
import { Matrix } from 'ml-matrix';

/** The smallest entries of a kernel by magnitude are 0; of equal ones the first. `sparsity`: their share. */
export function pruned(kernel: Matrix, sparsity: number): Matrix {
  const values = kernel.to1DArray();
  const order = values.map((_, index) => index).sort((a, b) => Math.abs(values[a]!) - Math.abs(values[b]!));
  for (const index of order.slice(0, prunedCount(kernel, sparsity))) values[index] = 0;
  return Matrix.from1DArray(kernel.rows, kernel.columns, values);
}

/** Entries that pruning sets to 0. */
export const prunedCount = ({ rows, columns }: Pick<Matrix, 'rows' | 'columns'>, sparsity: number): number =>
  Math.floor(sparsity * rows * columns);

/** Round to nearest: integers of `bits`, as many below 0 as above, times one scale for each output. */
export function rounded(kernel: Matrix, bits: number): Matrix {
  const most = 2 ** (bits - 1) - 1;
  const result = new Matrix(kernel.rows, kernel.columns);
  for (let column = 0; column < kernel.columns; column++) {
    const values = kernel.getColumn(column);
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / most || 1;
    result.setColumn(
      column,
      values.map((value) => scale * Math.floor(value / scale + 0.5)),
    );
  }
  return result;
}
