/** @file Tensors between device and host. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { HostState, HostTensor } from '../method.js';
import { tf } from './tf.js';

/** Values of named tensors on the host, in the same order. */
export async function toHost(tensors: ReadonlyMap<string, tfjs.Tensor>): Promise<Map<string, HostTensor>> {
  const host = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors) {
    host.set(name, { shape: tensor.shape, values: Float32Array.from(await tensor.data()) });
  }
  return host;
}

/** The same, words as they are. */
export async function stateToHost(tensors: ReadonlyMap<string, tfjs.Tensor>): Promise<Map<string, HostState>> {
  const host = new Map<string, HostState>();
  for (const [name, tensor] of tensors) {
    const values = await tensor.data();
    host.set(name, {
      shape: tensor.shape,
      values: tensor.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
    });
  }
  return host;
}

/** A device tensor that no scope frees. */
export function toDevice({ shape, values }: HostState): tfjs.Tensor {
  return tf.tidy(() => tf.keep(tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32')));
}
