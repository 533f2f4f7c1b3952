/** @file The nearest matrix with equal singular values, roughly, by products alone. Source: kellerjordan.github.io/posts/muon. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Products } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { sizeOf, type Transform } from './transform.js';

/** Coefficients of the quintic `aX + (bA + cA²)X` with `A = XXᵀ`. It takes singular values in (0.01, 1] to about 0.7 to 1.13, not 1. */
const [a, b, c] = [3.4445, -4.775, 2.0315];
const epsilon = 1e-7;

/** Replaces a matrix `[in, out]` by `U·f(S)·Vᵀ`, f five Newton–Schulz steps on the singular values. A zero stays zero. */
export function orthogonalize(steps: number): Transform {
  return {
    state: () => ({}),
    apply: ({ update, products }) => ({ update: iterate(update as Tensor2D, steps, products) }),
    workspace({ shape }) {
      const small = Math.min(...shape) ** 2;
      // X, its successor, aX and (bA + cA²)X; A, A², and their weighted sum. Of a tall matrix the transposed result too.
      return 4 * sizeOf(shape) + 3 * small;
    },
  };
}

function iterate(matrix: Tensor2D, steps: number, { matMul, timesTransposed }: Products): Tensor2D {
  const tall = matrix.shape[0] > matrix.shape[1];
  let x = tf.tidy(() => tf.div(tall ? tf.transpose(matrix) : matrix, tf.add(tf.norm(matrix), epsilon)) as Tensor2D);
  for (let step = 0; step < steps; step++) {
    const gram = tf.tidy(() => timesTransposed(x, x));
    const polynomial = tf.tidy(() => tf.add(tf.mul(gram, b), tf.mul(matMul(gram, gram), c)) as Tensor2D);
    gram.dispose();
    const next = tf.tidy(() => tf.add(matMul(polynomial, x), tf.mul(x, a)) as Tensor2D);
    tf.dispose([polynomial, x]);
    x = next;
  }
  if (!tall) return x;
  const back = tf.transpose(x) as Tensor2D;
  x.dispose();
  return back;
}
