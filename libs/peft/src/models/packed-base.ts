/** @file A base model whose kernels are packed on the device. On the host it is the base that it is made of. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Matrix } from 'ml-matrix';
import type { Parts } from '../engine/packed/dtype.js';
import { packedDtypes } from '../engine/packed/registry.js';
import type { HostTensor } from '../method.js';
import type { BaseDtype, PackedDtypeName } from '../tensor/base-dtypes.js';
import { toDevice } from '../tensor/host.js';
import { LoadedBase } from './base.js';
import { baseParameters, inDtype } from './config.js';
import { partAt, partPath } from './factors.js';

const made = new WeakMap<LoadedBase, Map<PackedDtypeName, PackedBase>>();

/** The base with its kernels in numbers of a type: itself for floats, otherwise one for all trials of the type. */
export function inBaseDtype(base: LoadedBase, dtype: BaseDtype = 'float32'): LoadedBase {
  if (dtype === 'float32') return base;
  const known = made.get(base) ?? new Map<PackedDtypeName, PackedBase>();
  made.set(base, known);
  const packed = known.get(dtype) ?? new PackedBase(base, dtype);
  known.set(dtype, packed);
  return packed;
}

/** Tables, norms and biases are those of the whole base, on the device too. Parts of kernels are its own, and packed anew for each upload. */
class PackedBase extends LoadedBase {
  readonly #whole: LoadedBase;
  readonly #dtype: PackedDtypeName;
  /** The kernel that was packed last: its parts are uploaded one after another. */
  #last: { kernel: string; parts: Parts } | undefined;

  constructor(whole: LoadedBase, dtype: PackedDtypeName) {
    const config = inDtype(whole.config, dtype);
    const shapes = baseParameters(config).map(({ path, shape }): [string, HostTensor] => [
      path,
      { shape, values: none },
    ]);
    super({ config, tokenizer: whole.tokenizer, values: new Map(shapes) });
    this.#whole = whole;
    this.#dtype = dtype;
    whole.forms.add(this);
  }

  override host(path: string): HostTensor {
    return this.#whole.host(path);
  }

  override kernel(path: string): Matrix {
    return this.#whole.kernel(path);
  }

  override acquire(path: string): tfjs.Tensor {
    const at = partAt(path);
    if (at === undefined) return this.#whole.acquire(path);
    this.#whole.evict(at.kernel);
    return super.acquire(path);
  }

  override release(path: string): void {
    if (partAt(path)) super.release(path);
    else this.#whole.release(path);
  }

  /** Frees a parameter, or all parts of a kernel. */
  override evict(path: string): void {
    super.evict(path);
    const parts = packedDtypes[this.#dtype].parts({ in: 1, out: 1 });
    for (const part of Object.keys(parts)) super.evict(partPath(path, part));
  }

  override copy(path: string): tfjs.Tensor {
    const at = partAt(path);
    if (at === undefined) return this.#whole.copy(path);
    if (this.#last?.kernel !== at.kernel) this.#last = { kernel: at.kernel, parts: this.#pack(at.kernel) };
    const values = this.#last.parts[at.part]!;
    return toDevice({ shape: [values.length], values });
  }

  #pack(kernel: string): Parts {
    const { shape, values } = this.host(kernel);
    const [inputs, out] = shape as [number, number];
    const stored = new Float32Array(inputs * out);
    for (let row = 0; row < inputs; row++) {
      for (let unit = 0; unit < out; unit++) stored[unit * inputs + row] = values[row * out + unit]!;
    }
    return packedDtypes[this.#dtype].pack(stored, { in: inputs, out });
  }
}

const none = new Float32Array(0);
