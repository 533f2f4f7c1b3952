/**
 * @file Bytes held on the device, at every allocation. tfjs's own `numBytes` counts a shared buffer once per tensor;
 * this counts buffers.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';

/** The private members of tfjs's engine this file rests on (4.22; the version is pinned exactly). */
interface TrackingEngine {
  state: { tensorInfo: { has(id: object): boolean; get(id: object): { bytes: number } } };
  trackTensor(tensor: tfjs.Tensor, backend: unknown): void;
  removeDataId(id: object, backend: unknown): void;
}

const engine = tf.engine() as unknown as TrackingEngine;

let live = 0;
let peak = 0;

const trackTensor = engine.trackTensor.bind(engine);
engine.trackTensor = (tensor, backend) => {
  const known = engine.state.tensorInfo.has(tensor.dataId);
  trackTensor(tensor, backend);
  if (!known) {
    live += engine.state.tensorInfo.get(tensor.dataId).bytes;
    if (live > peak) {
      peak = live;
    }
  }
};

const removeDataId = engine.removeDataId.bind(engine);
engine.removeDataId = (id, backend) => {
  const bytes = engine.state.tensorInfo.has(id) ? engine.state.tensorInfo.get(id).bytes : 0;
  removeDataId(id, backend);
  if (bytes > 0 && !engine.state.tensorInfo.has(id)) {
    live -= bytes;
  }
};

/** Bytes of all buffers on the device now. */
export function liveBytes(): number {
  return live;
}

/** The most bytes since `resetPeak()`, or since the start. */
export function peakBytes(): number {
  return peak;
}

export function resetPeak(): void {
  peak = live;
}
