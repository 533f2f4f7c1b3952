/** @file Images as rows: patches cut out on the host, and the token that goes before them. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';

export interface PixelImages {
  size: number;
  /** `[size, height, width, channels]` in 0 … 1 */
  pixels: Float32Array;
  height: number;
  width: number;
  channels: number;
}

/**
 * `[size · patches, channels · side²]`: patches row by row, in each the channels one after another, as the kernel of a
 * convolution lies. Pixels are brought to −1 … 1, which is what Hugging Face's image processor of ViT does.
 */
export function imagePatches({ size, pixels, height, width, channels }: PixelImages, side: number): tfjs.Tensor2D {
  const [down, across] = [height / side, width / side];
  const units = channels * side * side;
  const values = new Float32Array(size * down * across * units);
  let at = 0;
  for (let patch = 0; patch < size * down * across; patch++) {
    const image = Math.floor(patch / (down * across));
    const top = Math.floor(patch / across) % down;
    const left = patch % across;
    for (let unit = 0; unit < units; unit++) {
      const channel = Math.floor(unit / (side * side));
      const y = top * side + (Math.floor(unit / side) % side);
      const x = left * side + (unit % side);
      values[at++] = 2 * pixels[((image * height + y) * width + x) * channels + channel]! - 1;
    }
  }
  return tf.tensor2d(values, [size * down * across, units]);
}

/**
 * Puts `token [1, width]` before the rows of each example and adds `positions [rows + 1, width]`:
 * `[batch · rows, width]` → `[batch · (rows + 1), width]`. Keeps nothing.
 */
export function classToken(
  x: tfjs.Tensor2D,
  token: tfjs.Tensor2D,
  positions: tfjs.Tensor2D,
  batch: number,
): tfjs.Tensor2D {
  const [rows, width] = [x.shape[0] / batch, x.shape[1]];
  const byExample = (dy: tfjs.Tensor) => tf.reshape(dy, [batch, rows + 1, width]) as tfjs.Tensor3D;
  return fused(
    [
      [x, (dy) => tf.reshape(tf.slice(byExample(dy), [0, 1, 0], [batch, rows, width]), x.shape)],
      [
        token,
        (dy) => tf.sum(tf.reshape(tf.slice(byExample(dy), [0, 0, 0], [batch, 1, width]), [batch, width]), 0, true),
      ],
      [positions, (dy) => tf.sum(byExample(dy), 0)],
    ],
    () => {
      const first = tf.tile(tf.reshape(token, [1, 1, width]), [batch, 1, 1]);
      const joined = tf.concat([first, tf.reshape(x, [batch, rows, width])], 1);
      return { value: tf.reshape(tf.add(joined, positions), [batch * (rows + 1), width]) as tfjs.Tensor2D, save: {} };
    },
  );
}
