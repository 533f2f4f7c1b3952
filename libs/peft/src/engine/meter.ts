/**
 * @file Bytes held on the device, metered at every allocation. tfjs's own `numBytes` counts a shared buffer once per
 * tensor; this counts buffers. Buffers inside kernels are seen where these say so, and what a backend keeps beyond its tensors is not.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf, whenLoaded } from '../tensor/tf.js';

/** The private members of tfjs's engine this file rests on (4.22; the version is pinned exactly). */
interface TrackingEngine {
  state: { tensorInfo: { has(id: object): boolean; get(id: object): { bytes: number } } };
  trackTensor(tensor: tfjs.Tensor, backend: unknown): void;
  removeDataId(id: object, backend: unknown): void;
}

/** Parts of the live bytes that differentiation attributes. */
export interface Held {
  activations: number;
  gradients: number;
}

/** A piece of device memory. Several data ids may have the same one, as views of it. */
interface Buffer {
  bytes: number;
  /** Data ids that are on the device. */
  holders: number;
}

const buffers = new WeakMap<object, Buffer>();

/** Said by a backend before a tensor with the data id `view` is made: its values lie in the buffer of `original`. */
export function shareBuffer(view: object, original: object): void {
  const buffer = buffers.get(original);
  if (buffer) buffers.set(view, buffer);
}

/** The object that stands for the buffer of a tensor: the same for all of its views. */
export function bufferOf({ dataId }: tfjs.Tensor): object {
  return buffers.get(dataId) ?? dataId;
}

let live = 0;
let peak = 0;
const held: Held = { activations: 0, gradients: 0 };
let heldAtPeak: Held = { ...held };
/** Buffers made since `watchBuffers`; undefined while nobody watches. */
let recent: Set<object> | undefined;
/** Tensors made since the work of `freedOnFailure` began; undefined outside of it. */
let tensors: tfjs.Tensor[] | undefined;

whenLoaded(() => {
  const engine = tf.engine() as unknown as TrackingEngine;
  const trackTensor = engine.trackTensor.bind(engine);
  engine.trackTensor = (tensor, backend) => {
    const known = engine.state.tensorInfo.has(tensor.dataId);
    trackTensor(tensor, backend);
    tensors?.push(tensor);
    if (known) return;
    const { bytes } = engine.state.tensorInfo.get(tensor.dataId);
    const buffer = buffers.get(tensor.dataId) ?? { bytes, holders: 0 };
    buffers.set(tensor.dataId, buffer);
    buffer.holders += 1;
    if (buffer.holders > 1) return;
    recent?.add(buffer);
    live += buffer.bytes;
    raisePeak(live);
  };

  const removeDataId = engine.removeDataId.bind(engine);
  engine.removeDataId = (id, backend) => {
    const buffer = engine.state.tensorInfo.has(id) ? buffers.get(id) : undefined;
    removeDataId(id, backend);
    if (!buffer || engine.state.tensorInfo.has(id)) return;
    buffers.delete(id);
    buffer.holders -= 1;
    if (buffer.holders > 0) return;
    live -= buffer.bytes;
    recent?.delete(buffer);
  };
});

function raisePeak(to: number): void {
  if (to <= peak) return;
  peak = to;
  heldAtPeak = { ...held };
}

/** Bytes of all buffers on the device now. */
export function liveBytes(): number {
  return live;
}

/** The most bytes since `resetPeak()`, or since the start. */
export function peakBytes(): number {
  return peak;
}

/** Said by a kernel: it holds so many bytes now beside the tensors that tfjs knows. */
export function holdsInside(bytes: number): void {
  raisePeak(live + bytes);
}

/** The live bytes that are attributed now. */
export function partsNow(): Held {
  return { ...held };
}

/** The bytes that were attributed at the moment of the peak. */
export function partsAtPeak(): Held {
  return heldAtPeak;
}

export function resetPeak(): void {
  peak = live;
  heldAtPeak = { ...held };
}

/** Attributes live bytes to a part; negative when they are freed. */
export function hold(part: keyof Held, bytes: number): void {
  held[part] += bytes;
}

/** Adds buffers to a set as they are made, and takes them out as they are freed, until the function returned is called. */
export function watchBuffers(made: Set<object>): { stop(): void } {
  recent = made;
  return {
    stop() {
      recent = undefined;
    },
  };
}

/**
 * Does some work; where it fails, every tensor made meanwhile is freed, whoever was to own it, and what is attributed is as
 * it was. For work that replaces tensors one after another and cannot say, in the middle, which are whose; what it replaced
 * is not to be used after it failed, only disposed of. No other work may run meanwhile.
 */
export async function freedOnFailure<T>(work: () => Promise<T>): Promise<T> {
  const before = { ...held };
  const made: tfjs.Tensor[] = [];
  tensors = made;
  try {
    return await work();
  } catch (error) {
    tf.dispose(made);
    Object.assign(held, before);
    throw error;
  } finally {
    tensors = undefined;
  }
}
