/**
 * @file Opens packed kernels by operations of TensorFlow. Words become elements of other types where they lie; what is made on the
 * way is freed at once, and nobody sees it but TensorFlow.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { FlatOperations } from '../packed/dtype.js';
import { type Asked, registerKernel } from '../packed/open.js';
import { packedDtypes } from '../packed/registry.js';
import { type Attribute, argument, keep, type Made, type NodeBackend } from './tensorflow-kernels.js';

/** Numbers of types in TensorFlow's protocol. */
const types = { float32: 1, int32: 3, uint8: 4, int8: 6, bfloat16: 14, float16: 19 } as const;

/** Tables that codes are looked up in, by their values: made once and kept. */
const tables = new WeakMap<Float32Array, Made>();

/** A tensor of TensorFlow on the way, with its type. */
interface Flat extends Pick<Made, 'id' | 'shape'> {
  type: number;
}

export function openPacked(): void {
  registerKernel('tensorflow', (parts, asked, given) => {
    const backend = given as NodeBackend;
    const made: Flat[] = [];
    try {
      return open(parts, asked, { backend, made });
    } finally {
      for (const { id } of made) backend.binding.deleteTensor(id);
    }
  });
}

function open(
  parts: Record<string, tfjs.TensorInfo>,
  { dtype, shape, turned }: Asked,
  { backend, made }: { backend: NodeBackend; made: Flat[] },
): tfjs.TensorInfo {
  const { binding } = backend;
  const typed = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const run = (name: string, type: number, inputs: readonly number[], attributes: readonly Attribute[]): Flat => {
    const [{ id, shape }] = binding.executeOp(name, attributes, inputs, 1) as [Made];
    const flat = { id, shape, type };
    made.push(flat);
    return flat;
  };
  const on: FlatOperations<Flat> = {
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
  };
  const cast = (x: Flat, to: number): Flat =>
    run('Cast', to, [x.id], [typed('SrcT', x.type), typed('DstT', to), truncating]);
  const truncating = { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false };
  const given = Object.fromEntries(
    Object.entries(parts).map(([name, part]): [string, Flat] => {
      const type = part.dtype === 'int32' ? types.int32 : types.float32;
      return [name, { id: backend.getInputTensorIds([part])[0]!, shape: part.shape, type }];
    }),
  );
  const flat = on.reshape(packedDtypes[dtype].openFlat(on, given, shape), [shape.out, shape.in]);
  const result = turned ? flat : transposed(flat);
  // It stays; all else that was made goes.
  made.splice(made.indexOf(result), 1);
  return { ...keep(backend, { id: result.id, shape: result.shape, dtype: types.float32 }), dtype: 'float32' };

  function transposed({ id, type }: Flat): Flat {
    const attributes = [typed('T', type), typed('Tperm', types.int32)];
    return run('Transpose', type, [id, argument(backend, [1, 0])], attributes);
  }
}
