/** @file Clipping by the global norm, as torch's `clip_grad_norm_`. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { squaredSum } from '../engine/formulas.js';
import { tf } from '../tensor/tf.js';

/** Square of a gradient's Euclidean norm. */
export const squaredNorm = (gradient: tfjs.Tensor): tfjs.Tensor => squaredSum([gradient]);

/** Euclidean norm of all gradients together. */
export async function globalNorm(gradients: ReadonlyMap<string, tfjs.Tensor>): Promise<number> {
  const squares = squaredSum([...gradients.values()]);
  try {
    return Math.sqrt((await squares.data())[0]!);
  } finally {
    squares.dispose();
  }
}

/** Scales every gradient in place of itself so that the norm, now `norm`, is at most `largest`. */
export function clip(gradients: Map<string, tfjs.Tensor>, norm: number, largest: number): void {
  const factor = largest / (norm + 1e-6);
  if (factor >= 1) {
    return;
  }
  for (const [path, gradient] of gradients) {
    gradients.set(path, tf.mul(gradient, factor));
    gradient.dispose();
  }
}
