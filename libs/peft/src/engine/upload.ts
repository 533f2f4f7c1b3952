/** @file Host tensors onto the device: read straight into its memory, where that can be written to. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { HostTensor } from '../method.js';
import { toDevice } from '../tensor/host.js';

/** Makes a device tensor whose values may be written in place, until the next tensor is made. */
export type WritableBuffer = (shape: number[]) => { tensor: tfjs.Tensor; values: Float32Array };

let newBuffer: WritableBuffer | undefined;

/** Said by the engine that opens a backend; undefined where its memory is out of reach. */
export function useWritableBuffer(ofBackend: WritableBuffer | undefined): void {
  newBuffer = ofBackend;
}

/**
 * Makes a device tensor that no scope frees. Values read from a disk are kept nowhere else on the host where the backend
 * makes writable buffers.
 */
export function upload(host: HostTensor): tfjs.Tensor {
  if (!host.fill || !newBuffer) return toDevice(host);
  const { tensor, values } = newBuffer(host.shape);
  try {
    host.fill(values);
  } catch (error) {
    tensor.dispose();
    throw error;
  }
  return tensor;
}
