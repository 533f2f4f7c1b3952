/** @file Distributions over outputs, row by row, in float64 on the host. */
import { Matrix } from 'ml-matrix';
import { largestOf } from '../../objectives/answers.js';

/** `log softmax(logits / temperature)` of every row. */
export function logSoftmax(logits: Matrix, temperature = 1): Matrix {
  const result = Matrix.mul(logits, 1 / temperature);
  for (let row = 0; row < result.rows; row++) {
    const own = result.getRow(row);
    const largest = own.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const shift = largest + Math.log(own.reduce((total, value) => total + Math.exp(value - largest), 0));
    result.setRow(
      row,
      own.map((value) => value - shift),
    );
  }
  return result;
}

/** The largest output of every row; of equal ones the first. */
export function predictions(logits: Matrix): Int32Array {
  return Int32Array.from({ length: logits.rows }, (_, row) => largestOf(logits.getRow(row)));
}

/** `mean over rows of KL(target ‖ softmax(logits / T))` and its gradient with respect to the logits, `(p − target)/(T·rows)`. */
export function divergenceFrom(target: Matrix, logits: Matrix, temperature = 1): { value: number; gradient: Matrix } {
  const p = logSoftmax(logits, temperature);
  let value = 0;
  for (let row = 0; row < target.rows; row++) {
    for (let column = 0; column < target.columns; column++) {
      const share = target.get(row, column);
      if (share > 0) value += (share * (Math.log(share) - p.get(row, column))) / target.rows;
    }
  }
  return {
    value,
    gradient: Matrix.exp(p)
      .sub(target)
      .div(temperature * target.rows),
  };
}
