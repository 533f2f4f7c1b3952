/** @file Small results that backward passes of one step leave for the rank part. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Tensors } from '../method.js';
import { tf } from '../tensor/tf.js';

/** Sums by layer path and name; see `LayerContext.observe`. */
export class Observations {
  readonly #byLayer = new Map<string, Record<string, tfjs.Tensor>>();

  add(path: string, name: string, value: tfjs.Tensor): void {
    const own = this.#byLayer.get(path) ?? {};
    const before = own[name];
    own[name] = tf.keep(before ? tf.add(before, value) : value.clone());
    before?.dispose();
    this.#byLayer.set(path, own);
  }

  of(path: string): Tensors {
    return this.#byLayer.get(path) ?? {};
  }

  dispose(): void {
    for (const own of this.#byLayer.values()) tf.dispose(own);
    this.#byLayer.clear();
  }
}
