/**
 * @file Operations of TensorFlow on tensors that tfjs never sees, of types that it has no name for. Words become elements of other
 * types where they lie. What is made on the way is read once and freed then, and the meter is told what is there.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { sizeOf } from '../../tensor/shape.js';
import { holdsInside } from '../meter.js';
import type { FlatOperations } from '../packed/dtype.js';
import { type Attribute, argument, keep, type Made, type NodeBackend } from './tensorflow-kernels.js';

/** Numbers of types in TensorFlow's protocol. */
export const types = { float32: 1, int32: 3, uint8: 4, int8: 6, bfloat16: 14, float16: 19 } as const;

const bytesOf: Readonly<Record<number, number>> = {
  [types.float32]: 4,
  [types.int32]: 4,
  [types.uint8]: 1,
  [types.int8]: 1,
  [types.bfloat16]: 2,
  [types.float16]: 2,
};

/** Tables that codes are looked up in, by their values: made once and kept. */
const tables = new WeakMap<Float32Array, Made>();

/** A tensor of TensorFlow on the way, with its type. An operation that reads it frees it, unless it was given. */
export interface Flat extends Pick<Made, 'id' | 'shape'> {
  type: number;
  /** Bytes that go with it; 0 where others hold its buffer. */
  bytes: number;
}

export interface FlatWork extends FlatOperations<Flat> {
  cast(x: Flat, to: number): Flat;
  transpose(x: Flat): Flat;
  /** `a · b` of one type, either as it lies or turned. */
  multiplied(a: Flat, b: Flat, turns: { a?: boolean; b?: boolean }): Flat;
  /**
   * `x` times a kernel of so many rows and columns, as it lies or turned, both rounded to bfloat16, and the product too, which is of floats.
   * The kernel is of floats, or of words with two numbers of bfloat16 each. By an operation of the host.
   */
  multipliedInBfloat16(x: Flat, kernel: Flat, at: { rows: number; columns: number; turned: boolean }): Flat;
  /** An operand that tfjs knows. */
  given(tensor: tfjs.TensorInfo): Flat;
  /** Hands a float tensor that was made over to tfjs. */
  result(x: Flat): tfjs.TensorInfo;
}

/** Does some work, and frees whatever was made meanwhile and is not its result. */
export function inFlat<T>(backend: NodeBackend, work: (on: FlatWork) => T): T {
  const made = new Set<Flat>();
  try {
    return work(operations(backend, made));
  } finally {
    for (const { id } of made) backend.binding.deleteTensor(id);
  }
}

/** @param made what is there and was not given */
function operations(backend: NodeBackend, made: Set<Flat>): FlatWork {
  const { binding } = backend;
  const typed = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const number = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value });
  let held = 0;
  const free = (flat: Flat) => {
    if (!made.delete(flat)) return;
    binding.deleteTensor(flat.id);
    held -= flat.bytes;
  };
  const run = (
    name: string,
    operands: readonly Flat[],
    { type = operands[0]!.type, sizes = [], attributes = [], isView = false }: Operation,
  ): Flat => {
    const inputs = [...operands.map(({ id }) => id), ...sizes];
    const [{ id, shape }] = binding.executeOp(name, attributes, inputs, 1) as [Made];
    const [first] = operands as [Flat];
    const flat = { id, shape, type, bytes: isView ? first.bytes : bytesOf[type]! * sizeOf(shape) };
    made.add(flat);
    // A view takes its operand's buffer over.
    held += flat.bytes;
    if (!isView) holdsInside(held);
    for (const operand of operands) free(operand);
    return flat;
  };
  const cast = (x: Flat, to: number): Flat =>
    run('Cast', [x], { type: to, attributes: [typed('SrcT', x.type), typed('DstT', to), flag('Truncate', false)] });
  return {
    bitcast: (words, to) =>
      run('Bitcast', [words], {
        type: types[to],
        attributes: [typed('T', types.int32), typed('type', types[to])],
        isView: true,
      }),
    toFloat: (x) => cast(x, types.float32),
    toIndices: (x) => cast(x, types.int32),
    gather(table, shape, indices) {
      let known = tables.get(table);
      if (known === undefined) {
        known = { id: binding.createTensor(shape, binding.TF_FLOAT, table), shape: [...shape], dtype: types.float32 };
        tables.set(table, known);
      }
      const attributes = [
        typed('Tparams', types.float32),
        typed('Tindices', types.int32),
        typed('Taxis', types.int32),
        number('batch_dims', 0),
      ];
      const given = { id: known.id, shape: known.shape, type: types.float32, bytes: 0 };
      const axis = binding.createTensor([], binding.TF_INT32, Int32Array.of(0));
      try {
        return run('GatherV2', [given, indices], { sizes: [axis], attributes });
      } finally {
        binding.deleteTensor(axis);
      }
    },
    reshape: (x, shape) =>
      run('Reshape', [x], {
        sizes: [argument(backend, shape)],
        attributes: [typed('T', x.type), typed('Tshape', types.int32)],
        isView: true,
      }),
    multiply: (a, b) => run('Mul', [a, b], { attributes: [typed('T', a.type)] }),
    add: (a, b) => run('AddV2', [a, b], { attributes: [typed('T', a.type)] }),
    first(x, count) {
      if (x.shape.length === 1 && x.shape[0] === count) return x;
      const sizes = [argument(backend, [0]), argument(backend, [count])];
      return run('Slice', [x], { sizes, attributes: [typed('T', x.type), typed('Index', types.int32)] });
    },
    cast,
    transpose: (x) =>
      run('Transpose', [x], {
        sizes: [argument(backend, [1, 0])],
        attributes: [typed('T', x.type), typed('Tperm', types.int32)],
      }),
    multiplied: (a, b, turns) =>
      run('MatMul', [a, b], {
        attributes: [typed('T', a.type), flag('transpose_a', turns.a ?? false), flag('transpose_b', turns.b ?? false)],
      }),
    multipliedInBfloat16: (x, kernel, { rows, columns, turned }) =>
      run('RankforgeMultiplyInBfloat16', [x, kernel], {
        type: types.float32,
        attributes: [
          typed('T', kernel.type),
          flag('transpose_kernel', turned),
          number('kernel_rows', rows),
          number('kernel_columns', columns),
        ],
      }),
    given(tensor) {
      const type = tensor.dtype === 'int32' ? types.int32 : types.float32;
      return { id: backend.getInputTensorIds([tensor])[0]!, shape: tensor.shape, type, bytes: 0 };
    },
    result(x) {
      made.delete(x);
      return { ...keep(backend, { id: x.id, shape: x.shape, dtype: types.float32 }), dtype: 'float32' };
    },
  };
}

interface Operation {
  /** The type of the result. Default: that of the first operand. */
  type?: number;
  /** Operands that only say how; they stay. */
  sizes?: readonly number[];
  attributes?: readonly Attribute[];
  /** The result lies where the operand does. */
  isView?: boolean;
}
