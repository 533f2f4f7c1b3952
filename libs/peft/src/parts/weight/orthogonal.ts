/** @file Orthogonal matrices: from skew-symmetric ones, and those of a QR decomposition. */
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';

/** Skew-symmetric matrices `[n, k, k]` from what is above their diagonals, `[n, k·(k − 1)/2]` by rows. Keeps nothing. */
export function skewSymmetric(vectors: Tensor2D, size: number): Tensor3D {
  const [count, entries] = vectors.shape;
  const places: number[] = [];
  const source = new Int32Array(size * size).fill(entries);
  for (let row = 0; row < size; row += 1) {
    for (let column = row + 1; column < size; column += 1) {
      source[row * size + column] = places.length;
      places.push(row * size + column);
    }
  }
  return tf.customGrad<Tensor3D>((...inputs) => {
    const padded = tf.concat([inputs[0] as unknown as Tensor2D, tf.zeros([count, 1])], 1);
    const upper = tf.reshape(tf.gather(padded, tf.tensor1d(source, 'int32'), 1), [count, size, size]) as Tensor3D;
    return {
      value: tf.sub(upper, tf.transpose(upper, [0, 2, 1])),
      gradFunc(dy: Tensor3D) {
        const folded = tf.sub(dy, tf.transpose(dy, [0, 2, 1]));
        return tf.gather(tf.reshape(folded, [count, size * size]), tf.tensor1d(places, 'int32'), 1);
      },
    };
  })(vectors);
}

/**
 * The Cayley transform `C = (I − S)·(I + S)⁻¹` of every matrix of `S [n, k, k]`: orthogonal where S is skew-symmetric.
 * Keeps C.
 */
export function cayley(skew: Tensor3D): Tensor3D {
  return tf.customGrad<Tensor3D>((...inputs) => {
    const [s, save] = inputs as unknown as [Tensor3D, (tensors: Tensor[]) => void];
    const identity = () => tf.eye(s.shape[1]);
    // (I − S)·(I + S)⁻¹ = 2·(I + S)⁻¹ − I
    const value = tf.sub(tf.mul(inverse(tf.add(s, identity())), 2), identity()) as Tensor3D;
    save([value]);
    return {
      value,
      gradFunc(dy: Tensor3D, saved: Tensor[]) {
        // ∂(M⁻¹) = −M⁻¹·∂M·M⁻¹, with (I + S)⁻¹ = (C + I) / 2
        const half = tf.div(tf.add(saved[0]!, identity()), 2) as Tensor3D;
        return tf.mul(tf.matMul(tf.matMul(half, dy, true, false), half, false, true), -2);
      },
    };
  })(skew);
}

/** `I + 2Q + 2Q² + … + Q^(terms − 1)`, close to `(I + Q)(I − Q)⁻¹` for small Q, by Horner's rule. */
export function series(q: Tensor3D, terms: number): Tensor3D {
  const identity = tf.eye(q.shape[1]);
  let sum = tf.add(q, tf.mul(identity, 2)) as Tensor3D;
  for (let product = terms - 2; product > 0; product -= 1) {
    sum = tf.add(tf.matMul(q, sum), product > 1 ? tf.mul(identity, 2) : identity);
  }
  return sum;
}

/**
 * Inverses of `matrix [n, k, k]` by Gauss-Jordan elimination in k steps without pivoting, which is stable where the
 * symmetric part is positive definite, as that of `I + S` is. Not differentiable.
 */
function inverse(matrix: Tensor3D): Tensor3D {
  const [count, size] = matrix.shape;
  let current = matrix;
  for (let pivot = 0; pivot < size; pivot += 1) {
    current = tf.tidy(() => {
      const unit = tf.cast(tf.oneHot(tf.scalar(pivot, 'int32'), size), 'float32');
      const diagonal = tf.slice(current, [0, pivot, pivot], [count, 1, 1]);
      const column = tf.sub(tf.slice(current, [0, 0, pivot], [count, size, 1]), tf.reshape(unit, [1, size, 1]));
      const row = tf.add(tf.slice(current, [0, pivot, 0], [count, 1, size]), tf.reshape(unit, [1, 1, size]));
      // One exchange of unknown and right-hand side: A − (A·e − e)·(eᵀ·A + eᵀ) / a
      return tf.sub(current, tf.mul(tf.div(column, diagonal), row)) as Tensor3D;
    });
  }
  return current;
}

/**
 * The orthonormal rows `Q [k, n]` of the decomposition `P = Rᵀ·Q` of `P [k, n]`, k ≤ n, R upper triangular: what
 * `torch.linalg.qr` makes of the transposed P. Rows have the signs of LAPACK's reflections, so that files of Python peft
 * mean the same here. Keeps Q and R.
 *
 * @example orthonormalRows(tf.tensor2d([[3, 4]])) // [[-0.6, -0.8]]
 */
export function orthonormalRows(rows: Tensor2D): Tensor2D {
  const size = rows.shape[0];
  return tf.customGrad<Tensor2D>((...inputs) => {
    const [p, save] = inputs as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const q = reflected(p);
    const r = tf.tidy(() =>
      tf.mul(
        tf.matMul(q, p, false, true),
        triangle(size, (row, column) => row <= column),
      ),
    );
    save([q, r]);
    return {
      value: q,
      gradFunc(dy: Tensor2D, saved: Tensor[]) {
        const [own, upper] = saved as [Tensor2D, Tensor2D];
        // R⁻¹·(∂Q + S·Q), with S the symmetric matrix that has the lower triangle of −∂Q·Qᵀ
        const products = tf.neg(tf.matMul(dy, own, false, true));
        const lower = tf.mul(
          products,
          triangle(size, (row, column) => row >= column),
        );
        const below = tf.mul(
          products,
          triangle(size, (row, column) => row > column),
        );
        const symmetric = tf.add(lower, tf.transpose(below)) as Tensor2D;
        const inverted = tf.reshape(inverse(tf.reshape(upper, [1, size, size])), [size, size]) as Tensor2D;
        return tf.matMul(inverted, tf.add(dy, tf.matMul(symmetric, own)) as Tensor2D);
      },
    };
  })(rows);
}

/** `[size, size]`: one where an entry is `within`, else zero. */
function triangle(size: number, within: (row: number, column: number) => boolean): Tensor2D {
  const entries = Float32Array.from({ length: size * size }, (_, place) =>
    within(Math.floor(place / size), place % size) ? 1 : 0,
  );
  return tf.tensor2d(entries, [size, size]);
}

/** Q by Householder reflections, each of which leaves nothing of a row behind its diagonal. Not differentiable. */
function reflected(rows: Tensor2D): Tensor2D {
  const [count, length] = rows.shape;
  return tf.tidy(() => {
    const reflections: { vector: Tensor2D; factor: Scalar }[] = [];
    let current = tf.clone(rows);
    // The last row of a square matrix has nothing behind its diagonal: LAPACK leaves it as it is.
    for (let row = 0; row < Math.min(count, length - 1); row += 1) {
      const reflection = tf.tidy(() => reflectionOf(current, row));
      reflections.push(reflection);
      current = replaced(current, reflect(current, reflection));
    }
    let q = replaced(current, tf.eye(count, length));
    for (const reflection of reflections.reverse()) q = replaced(q, reflect(q, reflection));
    return q;
  });
}

/** The reflection `I − factor·vᵀ·v` that leaves nothing of a row behind its diagonal. Of a row of zeros it is the identity. */
function reflectionOf(matrix: Tensor2D, row: number): { vector: Tensor2D; factor: Scalar } {
  const length = matrix.shape[1];
  const later = tf.concat([tf.zeros([1, row]), tf.slice(matrix, [row, row], [1, length - row])], 1);
  const unit = tf.tensor2d(
    Float32Array.from({ length }, (_, column) => (column === row ? 1 : 0)),
    [1, length],
  );
  const norm = tf.sqrt(tf.sum(tf.square(later)));
  const isNegative = tf.less(tf.sum(tf.mul(later, unit)), 0);
  const vector = tf.add(later, tf.mul(unit, tf.where(isNegative, tf.neg(norm), norm))) as Tensor2D;
  const factor = tf.div(2, tf.maximum(tf.sum(tf.square(vector)), 1e-30)) as Scalar;
  return { vector, factor };
}

const reflect = (matrix: Tensor2D, { vector, factor }: { vector: Tensor2D; factor: Scalar }): Tensor2D =>
  tf.tidy(() => tf.sub(matrix, tf.matMul(tf.mul(tf.matMul(matrix, vector, false, true), factor), vector)));

/** `next`, with `current` let go. */
function replaced(current: Tensor2D, next: Tensor2D): Tensor2D {
  current.dispose();
  return next;
}
