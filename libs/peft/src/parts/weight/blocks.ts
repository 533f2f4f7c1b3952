/** @file Products with a block-diagonal matrix that never exists as a whole. Blocks are `[n, k, k]`. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';

/** `x [rows, n·k]` times the blocks: group g of columns is multiplied by block g from the right. Keeps a copy of x. */
export function timesBlocks(x: Tensor2D, blocks: Tensor3D): Tensor2D {
  const [rows, width] = x.shape;
  const [count, size] = blocks.shape;
  // Batches of matrices are as fast as products of two, and so are their gradients.
  const groups = tf.transpose(tf.reshape(x, [rows, count, size]), [1, 0, 2]);
  return tf.reshape(tf.transpose(tf.matMul(groups, blocks), [1, 0, 2]), [rows, width]);
}

/** The blocks times `matrix [n·k, columns]`: group g of rows is multiplied by block g from the left. */
export function blocksTimes(blocks: Tensor3D, matrix: Tensor2D): Tensor2D {
  const [count, size] = blocks.shape;
  const groups = tf.reshape(matrix, [count, size, matrix.shape[1]]);
  return tf.reshape(tf.matMul(blocks, groups), matrix.shape);
}
