/** @file Reading small results from the device. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';

/** The values of what `compute` returns; nothing of it stays on the device. */
export async function read(compute: () => Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(compute);
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}
