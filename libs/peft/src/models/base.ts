/** @file A base model: values on the host, and on the device only what a trial uses. */
import { createHash } from 'node:crypto';
import type * as tfjs from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { upload } from '../engine/upload.js';
import type { HostTensor } from '../method.js';
import { lastingBytes, lastingMatrix } from '../tensor/linalg.js';
import { createRandom, type Random } from '../tensor/random.js';
import { architectureOf, baseParameters, linearLayers, type ModelConfig } from './config.js';
import { DerivedValues } from './derived.js';
import { factorPaths } from './factors.js';
import { namedTokens } from './huggingface.js';

/** A base that holds some parameters of another in another form. */
export interface BaseForm {
  /** Frees its form of a parameter, if no trial uses it. */
  evict(path: string): void;
  dispose(): void;
}

/**
 * A base model that stays warm between trials. The host values never change. Device tensors are uploaded when first
 * used and shared by all trials that leave them frozen; a trial that changes a parameter takes a tensor of its own,
 * and the shared one leaves the device unless another trial uses it.
 */
export class LoadedBase {
  readonly config: ModelConfig;
  /** The tokenizer.json the model was trained with; null where it reads no text. */
  readonly tokenizer: unknown;
  /** Fields by which the config.json that it was read from names tokens, e.g. the end of a text; as they stood there. */
  readonly namedTokens: Readonly<Record<string, unknown>>;
  /** Forms of this base that share what is on the device, and are freed with it. */
  readonly forms = new Set<BaseForm>();
  /** Values that were computed from this base for earlier trials. */
  readonly derived = new DerivedValues();
  readonly #values: ReadonlyMap<string, HostTensor>;
  #fingerprint: string | undefined;
  readonly #shared = new Map<string, { tensor: tfjs.Tensor; users: number }>();

  /**
   * @param configJson the content of config.json, or an object with the fields by which it names tokens. Default: it names none
   * @throws Error naming the parameter that is missing, unknown, or of another shape than the configuration says
   */
  constructor({
    config,
    values,
    tokenizer,
    configJson,
  }: { config: ModelConfig; values: ReadonlyMap<string, HostTensor>; tokenizer: unknown; configJson?: unknown }) {
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
    this.namedTokens = namedTokens(configJson);
    this.#values = values;
  }

  /**
   * The parameter's values on the host; not to be written to. Those of a kernel that is held as two factors are made anew each
   * time.
   */
  host(path: string): HostTensor {
    const value = this.#values.get(path) ?? this.#product(path);
    if (value === undefined) {
      throw new Error(`Base model has no parameter ${path}`);
    }
    return value;
  }

  /** A kernel `[in, out]` in float64; not to be written to. It stays for the next trial, with its decompositions. */
  kernel(path: string): Matrix {
    const known = this.derived.get(`kernel ${path}`);
    if (known) return known as Matrix;
    const { shape, values } = this.host(path);
    const [rows, columns] = shape as [number, number];
    return this.derived.make(`kernel ${path}`, lastingBytes({ rows, columns }), () =>
      lastingMatrix(Matrix.from1DArray(rows, columns, values)),
    );
  }

  /** A hash of the configuration and all values, which other weights do not have. It is made once. */
  fingerprint(): string {
    if (this.#fingerprint === undefined) {
      const hash = createHash('sha256').update(JSON.stringify(this.config));
      for (const [path, { values }] of this.#values) {
        hash.update(path).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      }
      this.#fingerprint = hash.digest('hex');
    }
    return this.#fingerprint;
  }

  #product(path: string): HostTensor | undefined {
    const [a, b] = factorPaths(path).map((factor) => this.#values.get(factor));
    if (!a || !b) return undefined;
    const matrix = ({ shape, values }: HostTensor) => Matrix.from1DArray(shape[0]!, shape[1]!, values);
    const product = matrix(a).mmul(matrix(b));
    return { shape: [product.rows, product.columns], values: Float32Array.from(product.to1DArray()) };
  }

  /** The shared device tensor. Each `acquire` is paired with one `release`. */
  acquire(path: string): tfjs.Tensor {
    let shared = this.#shared.get(path);
    if (shared === undefined) {
      for (const form of this.forms) form.evict(path);
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
    return upload(this.host(path));
  }

  /** Frees every device tensor that no trial uses. */
  dispose(): void {
    for (const form of this.forms) form.dispose();
    for (const path of [...this.#shared.keys()]) {
      this.evict(path);
    }
  }
}

/**
 * The same model before it was ever trained: its architecture and tokenizer with first values that follow from the seed.
 * Nothing of it is on the device, and whoever makes it disposes it.
 */
export function randomBase({ config, tokenizer, namedTokens, derived }: LoadedBase, seed: number): LoadedBase {
  const floats = baseParameters(config).reduce(
    (sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1),
    0,
  );
  const draw = () => initialValues(config, createRandom(seed).fork('base'));
  const values = derived.make(`first values ${seed}`, 4 * floats, draw);
  return new LoadedBase({ config, tokenizer, configJson: namedTokens, values });
}

/**
 * First values of a model to be trained from scratch: normals of deviation 0.02 or what the architecture says, gains 1, biases
 * 0. Where the architecture says so, the two projections into the residual stream are scaled by 1/√(2·layers).
 */
export function initialValues(config: ModelConfig, random: Random): Map<string, HostTensor> {
  const { scalesResidual, deviation: deviationOf = () => 0.02 } = architectureOf(config);
  const intoResidual = new Set(
    (scalesResidual ? linearLayers(config) : [])
      .filter(({ shape }) => shape.role === 'output' || shape.role === 'down')
      .map(({ path }) => `${path}.kernel`),
  );
  return new Map(
    baseParameters(config).map((parameter) => {
      const { path, kind, shape } = parameter;
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      if (kind === 'norm-gain') {
        return [path, { shape, values: new Float32Array(size).fill(1) }];
      }
      if (kind === 'bias' || kind === 'norm-bias') {
        return [path, { shape, values: new Float32Array(size) }];
      }
      const deviation = deviationOf(parameter) / (intoResidual.has(path) ? Math.sqrt(2 * config.layers) : 1);
      const stream = random.fork(path);
      return [path, { shape, values: Float32Array.from({ length: size }, () => deviation * stream.normal()) }];
    }),
  );
}
