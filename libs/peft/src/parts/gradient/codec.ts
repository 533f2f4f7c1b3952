/**
 * @file State kept in fewer bytes than it is computed in. Codes live on the device, several in a word, so that what is
 * metered there is what they take. They are made and read on the host, one tensor at a time: tfjs has no type of a byte and
 * no search in a table on every backend. On wasm and cpu host and device are one memory; a GPU pays a round trip.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { OptimizerState, ParameterInfo } from '../../method.js';
import { decodeBlocks, decodeGroups, dynamicMap, encodeBlocks, encodeGroups } from '../../tensor/quantize.js';
import { tf } from '../../tensor/tf.js';
import { isProjected, type Subspace } from './subspace.js';
import { type StateTensor, sizeOf, sizesOf, type Transform } from './transform.js';

/** How a state tensor is kept between steps. */
export interface Codec {
  /** Tensors that are kept in its place, by suffixes of its name; undefined where it is kept as it is. */
  stored(tensor: StateTensor, info: ParameterInfo): Record<string, StateTensor> | undefined;
  /** The caller disposes the result, and the value that is encoded. */
  decode(stored: OptimizerState, tensor: StateTensor): Promise<Tensor>;
  encode(value: Tensor, tensor: StateTensor): Promise<Record<string, Tensor>>;
}

/** Everything as it is. */
export const float32: Codec = {
  stored: () => undefined,
  decode: () => Promise.reject(new Error('float32 keeps no codes')),
  encode: () => Promise.reject(new Error('float32 makes no codes')),
};

interface BlockwiseConfig {
  /** Entries that share a scale. */
  blockSize: number;
  /** Smaller tensors are kept as they are. */
  minSize: number;
}

const embeddings = ['embedding', 'position-embedding'];

/** State of so many entries, of a parameter of this role, stays in floats. */
export const keptWhole = (size: number, role: string, minSize: number): boolean =>
  size < minSize || embeddings.includes(role);

/**
 * A byte an entry and a scale a block, of the dynamic map: its signed half is left out where no entry is below zero. State
 * of embeddings is kept as it is. Source: arXiv 2110.02861, sections 2 and 2.3.
 */
export function blockwise8({ blockSize, minSize }: BlockwiseConfig): Codec {
  const [signed, unsigned] = [dynamicMap(true), dynamicMap(false)];
  const mapOf = ({ nonNegative }: StateTensor) => (nonNegative ? unsigned : signed);
  return {
    stored({ shape, type }, { role }) {
      const size = sizeOf(shape);
      if (type || keptWhole(size, role, minSize)) return undefined;
      return {
        codes: { shape: [Math.ceil(size / 4)], type: 'int32' },
        scales: { shape: [Math.ceil(size / blockSize)], type: 'float32' },
      };
    },
    async decode({ codes, scales }, tensor) {
      const blocks = { words: await integers(codes!), scales: await floats(scales!) };
      return tf.tensor(decodeBlocks(blocks, mapOf(tensor), blockSize, sizeOf(tensor.shape)), tensor.shape);
    },
    async encode(value, tensor) {
      const { words, scales } = encodeBlocks(await floats(value), mapOf(tensor), blockSize);
      return { codes: tf.tensor1d(words, 'int32'), scales: tf.tensor1d(scales) };
    },
  };
}

/** The formula of the state, of a projected gradient with moments in 8 bits: its moments are those of the projection. */
export function projectedCase(info: ParameterInfo, { rank, minSize }: { rank: number; minSize: number }) {
  const { shape, role } = info;
  const projected = isProjected(info, rank);
  const whole = keptWhole(projected ? rank * Math.max(...shape) : sizeOf(shape), role, minSize);
  if (projected) return whole ? 'projected whole' : 'projected';
  return whole ? 'whole' : undefined;
}

/** Half a byte an entry of a matrix, with a scale and a zero for each group of entries. Source: arXiv 2407.08296. */
export function groupwise4(groupSize: number): Codec {
  return {
    stored({ shape, type }) {
      if (type || shape.length !== 2) return undefined;
      const groups = Math.ceil(sizeOf(shape) / groupSize);
      return {
        codes: { shape: [Math.ceil(sizeOf(shape) / 8)], type: 'int32' },
        scales: { shape: [groups], type: 'float32' },
        zeros: { shape: [groups], type: 'float32' },
      };
    },
    async decode({ codes, scales, zeros }, { shape }) {
      const groups = { words: await integers(codes!), scales: await floats(scales!), zeros: await floats(zeros!) };
      return tf.tensor(decodeGroups(groups, groupSize, sizeOf(shape)), shape);
    },
    async encode(value) {
      const { words, scales, zeros } = encodeGroups(await floats(value), groupSize);
      return { codes: tf.tensor1d(words, 'int32'), scales: tf.tensor1d(scales), zeros: tf.tensor1d(zeros) };
    },
  };
}

const integers = async (tensor: Tensor): Promise<Int32Array> => (await tensor.data()) as Int32Array;
const floats = async (tensor: Tensor): Promise<Float32Array> => (await tensor.data()) as Float32Array;

/** A transformation whose state is kept in code. It sees floats. */
export function coded(inner: Transform, codec: Codec): Transform {
  const kept = inCode(inner.state, codec);
  return {
    state: kept.state,
    async apply(input) {
      const open = await kept.open(input.info, input.state);
      const { update, state } = await inner.apply({ ...input, state: open.state });
      return { update, state: await open.keep(state) };
    },
    async recode(info, state, change) {
      const { floats, keep } = await kept.open(info, state);
      const changed = Object.entries(floats).flatMap(([name, value]) => {
        const next = change(value);
        return next ? [[name, next] as const] : [];
      });
      return keep(Object.fromEntries(changed));
    },
    // Floats of the state before, while what follows is made.
    workspace: (info, engine) => kept.decoded(info) + inner.workspace(info, engine),
  };
}

/** A subspace that is kept in code: what it projects with is what was kept, also in the step it moves at. */
export function codedSubspace(inner: Subspace, codec: Codec): Subspace {
  const kept = inCode(inner.state, codec);
  return {
    ...inner,
    state: kept.state,
    // Codes round: what they span is not the whole space to a float's precision.
    lossless: () => false,
    ...(inner.refresh && {
      async refresh(input) {
        const open = await kept.open(input.info, input.state);
        return open.keep(await inner.refresh!({ ...input, state: open.state }));
      },
    }),
    async open(input) {
      const { state, close } = await kept.open(input.info, input.state);
      const space = await inner.open({ ...input, state });
      return {
        ...space,
        close() {
          space.close();
          close();
        },
      };
    },
    workspace: (info) => inner.workspace(info) + sizesOf(kept.state(info)),
  };
}

/** State as its owner sees it and as it is kept. */
function inCode(stateOf: Transform['state'], codec: Codec) {
  const encodedOf = (info: ParameterInfo) =>
    Object.entries(stateOf(info)).flatMap(([name, tensor]) => {
      const stored = codec.stored(tensor, info);
      return stored ? [{ name, tensor, stored }] : [];
    });
  return {
    state(info: ParameterInfo): Record<string, StateTensor> {
      const { ...tensors } = stateOf(info);
      for (const { name, stored } of encodedOf(info)) {
        delete tensors[name];
        for (const [suffix, tensor] of Object.entries(stored)) tensors[`${name}_${suffix}`] = tensor;
      }
      return tensors;
    },
    /** Floats of what is decoded. */
    decoded: (info: ParameterInfo) => encodedOf(info).reduce((sum, { tensor }) => sum + sizeOf(tensor.shape), 0),
    async open(info: ParameterInfo, kept: OptimizerState) {
      const encoded = encodedOf(info);
      const floats: Record<string, Tensor> = {};
      for (const { name, tensor, stored } of encoded) {
        const own = Object.keys(stored).map((suffix) => [suffix, kept[`${name}_${suffix}`]!] as const);
        floats[name] = await codec.decode(Object.fromEntries(own), tensor);
      }
      return {
        state: { ...kept, ...floats } as OptimizerState,
        /** The decoded tensors, by the names that their owner knows. */
        floats: floats as OptimizerState,
        /** Frees what was decoded. */
        close: () => tf.dispose(Object.values(floats)),
        /** The same, and what changed, which is handed over, as it is kept. */
        async keep(changed: Readonly<Record<string, Tensor>> = {}): Promise<Record<string, Tensor>> {
          const next = Object.fromEntries(Object.entries(changed).filter(([name, tensor]) => tensor !== floats[name]));
          tf.dispose(Object.values(floats));
          for (const { name, tensor } of encoded) {
            const value = next[name];
            if (value === undefined) continue;
            delete next[name];
            const codes = await codec.encode(value, tensor);
            value.dispose();
            for (const [suffix, code] of Object.entries(codes)) next[`${name}_${suffix}`] = code;
          }
          return next;
        },
      };
    },
  };
}
