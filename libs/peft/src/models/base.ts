/** @file A base model: values on the host, and on the device only what a trial uses. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { HostTensor } from '../method.js';
import { toDevice } from '../tensor/host.js';
import { lastingBytes, lastingMatrix } from '../tensor/linalg.js';
import type { Random } from '../tensor/random.js';
import { baseParameters, linearLayers, type ModelConfig } from './config.js';
import { DerivedValues } from './derived.js';

/**
 * A base model that stays warm between trials. The host values never change. Device tensors are uploaded when first
 * used and shared by all trials that leave them frozen; a trial that changes a parameter takes a tensor of its own,
 * and the shared one leaves the device unless another trial uses it.
 */
export class LoadedBase {
  readonly config: ModelConfig;
  /** The tokenizer.json the model was trained with; null where it reads images. */
  readonly tokenizer: unknown;
  /** What was computed from this base for earlier trials. */
  readonly derived = new DerivedValues();
  readonly #values: ReadonlyMap<string, HostTensor>;
  readonly #shared = new Map<string, { tensor: tfjs.Tensor; users: number }>();

  /** @throws Error naming the parameter that is missing, unknown, or of another shape than the configuration says */
  constructor({
    config,
    values,
    tokenizer,
  }: { config: ModelConfig; values: ReadonlyMap<string, HostTensor>; tokenizer: unknown }) {
    const expected = baseParameters(config);
    for (const { path, shape } of expected) {
      const value = values.get(path);
      if (value === undefined) {
        throw new Error(`Base model lacks the parameter ${path} [${shape}]`);
      }
      if (value.shape.join() !== shape.join()) {
        throw new Error(`Base parameter ${path} has shape [${value.shape}], its configuration says [${shape}]`);
      }
    }
    const known = new Set(expected.map(({ path }) => path));
    const unknown = [...values.keys()].find((path) => !known.has(path));
    if (unknown !== undefined) {
      throw new Error(`Base model holds ${unknown}, which its configuration does not name`);
    }
    this.config = config;
    this.tokenizer = tokenizer;
    this.#values = values;
  }

  /** The parameter's values on the host; not to be written to. */
  host(path: string): HostTensor {
    const value = this.#values.get(path);
    if (value === undefined) {
      throw new Error(`Base model has no parameter ${path}`);
    }
    return value;
  }

  /** A kernel `[in, out]` in float64; not to be written to. It stays for the next trial, with its decompositions. */
  kernel(path: string): Matrix {
    const { shape, values } = this.host(path);
    const [rows, columns] = shape as [number, number];
    return this.derived.make(`kernel ${path}`, lastingBytes({ rows, columns }), () =>
      lastingMatrix(Matrix.from1DArray(rows, columns, values)),
    );
  }

  /** The shared device tensor. Each `acquire` is paired with one `release`. */
  acquire(path: string): tfjs.Tensor {
    let shared = this.#shared.get(path);
    if (shared === undefined) {
      shared = { tensor: this.copy(path), users: 0 };
      this.#shared.set(path, shared);
    }
    shared.users++;
    return shared.tensor;
  }

  /** Gives a shared tensor back. It stays on the device for the next trial. */
  release(path: string): void {
    const shared = this.#shared.get(path);
    if (shared === undefined || shared.users === 0) {
      throw new Error(`Base parameter ${path} was released more often than acquired`);
    }
    shared.users--;
  }

  /** Frees the shared tensor if no trial uses it. */
  evict(path: string): void {
    const shared = this.#shared.get(path);
    if (shared?.users === 0) {
      shared.tensor.dispose();
      this.#shared.delete(path);
    }
  }

  /** A new device tensor of the caller's own. */
  copy(path: string): tfjs.Tensor {
    return toDevice(this.host(path));
  }

  /** Frees every device tensor that no trial uses. */
  dispose(): void {
    for (const path of [...this.#shared.keys()]) {
      this.evict(path);
    }
  }
}

/**
 * First values of a model to be trained from scratch, as GPT-2 draws them: normals of deviation 0.02, the two
 * projections into the residual stream scaled by 1/√(2·layers), gains 1, biases 0.
 */
export function initialValues(config: ModelConfig, random: Random): Map<string, HostTensor> {
  const intoResidual = new Set(
    linearLayers(config)
      .filter(({ shape }) => shape.role === 'output' || shape.role === 'down')
      .map(({ path }) => `${path}.kernel`),
  );
  return new Map(
    baseParameters(config).map(({ path, kind, shape }) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      if (kind === 'norm-gain') {
        return [path, { shape, values: new Float32Array(size).fill(1) }];
      }
      if (kind === 'bias' || kind === 'norm-bias') {
        return [path, { shape, values: new Float32Array(size) }];
      }
      const deviation = 0.02 / (intoResidual.has(path) ? Math.sqrt(2 * config.layers) : 1);
      const stream = random.fork(path);
      return [path, { shape, values: Float32Array.from({ length: size }, () => deviation * stream.normal()) }];
    }),
  );
}
