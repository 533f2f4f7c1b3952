/**
 * @file Operations of TensorFlow on tensors that tfjs never sees, of types that it has no name for. Words become elements of other
 * types where they lie; what is made on the way is freed when the work is over.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { FlatOperations } from '../packed/dtype.js';
import { type Attribute, argument, keep, type Made, type NodeBackend } from './tensorflow-kernels.js';

/** Numbers of types in TensorFlow's protocol. */
export const types = { float32: 1, int32: 3, uint8: 4, int8: 6, bfloat16: 14, float16: 19 } as const;

/** Tables that codes are looked up in, by their values: made once and kept. */
const tables = new WeakMap<Float32Array, Made>();

/** A tensor of TensorFlow on the way, with its type. */
export interface Flat extends Pick<Made, 'id' | 'shape'> {
  type: number;
}

export interface FlatWork extends FlatOperations<Flat> {
  cast(x: Flat, to: number): Flat;
  transpose(x: Flat): Flat;
  /** `a · b` of one type, either as it lies or turned. */
  multiplied(a: Flat, b: Flat, turns: { a?: boolean; b?: boolean }): Flat;
  /** An operand that tfjs knows. */
  given(tensor: tfjs.TensorInfo): Flat;
  /** Frees all that was made so far but these. */
  only(...kept: readonly Flat[]): void;
  /** Hands a float tensor that was made over to tfjs. */
  result(x: Flat): tfjs.TensorInfo;
}

/** Does some work, and frees whatever was made meanwhile and is not its result. */
export function inFlat<T>(backend: NodeBackend, work: (on: FlatWork) => T): T {
  const made: Flat[] = [];
  try {
    return work(operations(backend, made));
  } finally {
    for (const { id } of made) backend.binding.deleteTensor(id);
  }
}

function operations(backend: NodeBackend, made: Flat[]): FlatWork {
  const { binding } = backend;
  const typed = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const run = (name: string, type: number, inputs: readonly number[], attributes: readonly Attribute[]): Flat => {
    const [{ id, shape }] = binding.executeOp(name, attributes, inputs, 1) as [Made];
    const flat = { id, shape, type };
    made.push(flat);
    return flat;
  };
  const cast = (x: Flat, to: number): Flat =>
    run('Cast', to, [x.id], [typed('SrcT', x.type), typed('DstT', to), flag('Truncate', false)]);
  return {
    bitcast: ({ id }, to) => run('Bitcast', types[to], [id], [typed('T', types.int32), typed('type', types[to])]),
    toFloat: (x) => cast(x, types.float32),
    toIndices: (x) => cast(x, types.int32),
    gather(table, shape, { id }) {
      let known = tables.get(table);
      if (known === undefined) {
        known = { id: binding.createTensor(shape, binding.TF_FLOAT, table), shape: [...shape], dtype: types.float32 };
        tables.set(table, known);
      }
      const attributes = [
        typed('Tparams', types.float32),
        typed('Tindices', types.int32),
        typed('Taxis', types.int32),
        { name: 'batch_dims', type: binding.TF_ATTR_INT, value: 0 },
      ];
      const axis = binding.createTensor([], binding.TF_INT32, Int32Array.of(0));
      made.push({ id: axis, shape: [], type: types.int32 });
      return run('GatherV2', types.float32, [known.id, id, axis], attributes);
    },
    reshape: ({ id, type }, shape) =>
      run('Reshape', type, [id, argument(backend, shape)], [typed('T', type), typed('Tshape', types.int32)]),
    multiply: (a, b) => run('Mul', a.type, [a.id, b.id], [typed('T', a.type)]),
    add: (a, b) => run('AddV2', a.type, [a.id, b.id], [typed('T', a.type)]),
    first(x, count) {
      if (x.shape.length === 1 && x.shape[0] === count) return x;
      const inputs = [x.id, argument(backend, [0]), argument(backend, [count])];
      return run('Slice', x.type, inputs, [typed('T', x.type), typed('Index', types.int32)]);
    },
    cast,
    transpose: ({ id, type }) =>
      run('Transpose', type, [id, argument(backend, [1, 0])], [typed('T', type), typed('Tperm', types.int32)]),
    multiplied: (a, b, turns) =>
      run(
        'MatMul',
        a.type,
        [a.id, b.id],
        [typed('T', a.type), flag('transpose_a', turns.a ?? false), flag('transpose_b', turns.b ?? false)],
      ),
    given(tensor) {
      const type = tensor.dtype === 'int32' ? types.int32 : types.float32;
      return { id: backend.getInputTensorIds([tensor])[0]!, shape: tensor.shape, type };
    },
    only(...kept) {
      for (const flat of made.splice(0)) {
        if (kept.includes(flat)) made.push(flat);
        else binding.deleteTensor(flat.id);
      }
    },
    result(x) {
      made.splice(made.indexOf(x), 1);
      return { ...keep(backend, { id: x.id, shape: x.shape, dtype: types.float32 }), dtype: 'float32' };
    },
  };
}
