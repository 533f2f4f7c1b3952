/** @file Rotary position embedding: each pair of units of a head is turned by an angle that grows with the position. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';

/**
 * Turns unit `i` and unit `i + d/2` of every head of width d by `position · frequencies[i]` (the half-split layout of
 * Hugging Face's Llama; arXiv 2104.09864, equation 34, with the units reordered). Keeps nothing.
 *
 * @param x `[batch · sequence, heads · d]`
 * @param frequencies `[d / 2]` radians for each position
 * @param first position of the first token
 */
export function rotary(
  x: tfjs.Tensor2D,
  { sequence, frequencies, first = 0 }: { sequence: number; frequencies: Float64Array; first?: number },
): tfjs.Tensor2D {
  const angle = (row: number) =>
    (first + Math.floor(row / frequencies.length)) * frequencies[row % frequencies.length]!;
  const table = (of: (angle: number) => number) => () =>
    tf.tensor(
      Float32Array.from({ length: sequence * frequencies.length }, (_, row) => of(angle(row))),
      [sequence, 1, frequencies.length],
    );
  const [cosines, sines] = [table(Math.cos), table(Math.sin)];
  const turn = (y: tfjs.Tensor, direction: 1 | -1) => {
    const half = frequencies.length;
    const shape = [y.shape[0]! / sequence, sequence, y.shape[1]! / (2 * half), half];
    const [left, right] = tf.split(tf.reshape(y, [...shape.slice(0, 3), 2 * half]), 2, 3) as [tfjs.Tensor, tfjs.Tensor];
    const [cos, sin] = [cosines(), tf.mul(sines(), direction)];
    const turned = [
      tf.tidy(() => tf.sub(tf.mul(left, cos), tf.mul(right, sin))),
      tf.tidy(() => tf.add(tf.mul(right, cos), tf.mul(left, sin))),
    ];
    tf.dispose([left, right]);
    return tf.reshape(tf.concat(turned, 3), y.shape as [number, number]) as tfjs.Tensor2D;
  };
  return fused([[x, (dy) => turn(dy, -1)]], () => ({ value: turn(x, 1), save: {} }));
}
