/** @file Host tensors onto the device: read straight into its memory, where that can be written to. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { HostTensor } from '../method.js';
import { toDevice } from '../tensor/host.js';

/** A new device tensor, and its values to be written. They are there until the next tensor is made. */
export type Room = (shape: number[]) => { tensor: tfjs.Tensor; values: Float32Array };

let room: Room | undefined;

/** Said by the engine that opens a backend; undefined where its memory is out of reach. */
export function useRoom(ofBackend: Room | undefined): void {
  room = ofBackend;
}

/** A device tensor that no scope frees. What is read from a disk is nowhere else on the host, if the backend gives room. */
export function upload(host: HostTensor): tfjs.Tensor {
  if (!host.fill || !room) return toDevice(host);
  const { tensor, values } = room(host.shape);
  try {
    host.fill(values);
  } catch (error) {
    tensor.dispose();
    throw error;
  }
  return tensor;
}
