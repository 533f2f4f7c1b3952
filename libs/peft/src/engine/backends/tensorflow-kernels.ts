/**
 * @file Kernels of tfjs-node, replaced. TensorFlow gives a reshaped tensor the buffer of the original; these say so to the
 * meter, and make no tensors besides that the operation does not need. They rest on members of the backend that its types hide
 * (4.22; the version is pinned exactly).
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import { hasKernel } from '../formulas.js';
import { shareBuffer } from '../meter.js';

export interface Made {
  id: number;
  shape: number[];
  dtype: number;
}

/** `values`: those of a tensor that no operation has read yet, and that TensorFlow has not. */
interface Stored extends Made {
  values: ArrayLike<number> | null;
  refCount: number;
}

export interface Attribute {
  name: string;
  type: number;
  value: number | boolean;
}

export interface NodeBackend extends tfjs.KernelBackend {
  binding: {
    TF_ATTR_TYPE: number;
    TF_ATTR_BOOL: number;
    TF_ATTR_INT: number;
    TF_ATTR_FLOAT: number;
    TF_FLOAT: number;
    TF_INT32: number;
    createTensor(shape: readonly number[], dtype: number, values: Int32Array | Float32Array): number;
    deleteTensor(id: number): void;
    tensorDataSync(id: number): Float32Array | Int32Array;
    executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Made[];
  };
  tensorMap: { get(id: object): Stored | undefined; set(id: object, data: Stored): void };
  getDTypeInteger(dtype: tfjs.DataType): number;
  /** Also uploads values that are still on the host. */
  getInputTensorIds(tensors: readonly tfjs.TensorInfo[]): number[];
}

let replaced = false;

/** Puts the kernels in place, once per process. */
export function replaceKernels(): void {
  if (replaced) return;
  replaced = true;
  shareReshaped();
  castToOther();
  multiply();
  reduce();
  step();
}

/** Calls a kernel, with the backend's own one for what the new one leaves to it. */
function replace(
  name: string,
  kernel: (call: Call, original: (call: Call) => tfjs.TensorInfo | tfjs.TensorInfo[]) => ReturnType<tfjs.KernelFunc>,
): void {
  const { kernelFunc } = tf.getKernel(name, 'tensorflow');
  tf.unregisterKernel(name, 'tensorflow');
  tf.registerKernel({
    kernelName: name,
    backendName: 'tensorflow',
    kernelFunc: (call) => kernel(call as unknown as Call, kernelFunc as never),
  });
}

interface Call {
  inputs: Record<string, tfjs.TensorInfo>;
  attrs: Record<string, unknown>;
  backend: NodeBackend;
}

/** Runs an operation of TensorFlow with one result. */
function run(
  backend: NodeBackend,
  operation: string,
  { inputs, attributes }: { inputs: readonly number[]; attributes: readonly Attribute[] },
): { dataId: object; shape: number[] } {
  return keep(backend, (backend.binding.executeOp(operation, attributes, inputs, 1) as [Made])[0]);
}

/** Gives the backend a tensor of TensorFlow under a data id of its own. */
export function keep(backend: NodeBackend, made: Made): { dataId: object; shape: number[] } {
  const dataId = {};
  backend.tensorMap.set(dataId, { ...made, values: null, refCount: 1 });
  return { dataId, shape: made.shape };
}

const typeOf = (backend: NodeBackend, name: string, dtype: tfjs.DataType): Attribute => ({
  name,
  type: backend.binding.TF_ATTR_TYPE,
  value: backend.getDTypeInteger(dtype),
});

/** Axes, sizes and factors that operations take as tensors, by type, shape and values: made once and kept. */
const constants = new Map<string, number>();
const MOST_CONSTANTS = 4096;
const LONGEST_CONSTANT = 8;
const keeping = new WeakSet<NodeBackend>();

function constant({ binding }: NodeBackend, shape: readonly number[], values: Int32Array | Float32Array): number {
  const [first] = values;
  const key = `${values instanceof Int32Array}:${shape}:${Object.is(first, -0) ? '-0' : values}`;
  let id = constants.get(key);
  if (id === undefined) {
    const type = values instanceof Int32Array ? binding.TF_INT32 : binding.TF_FLOAT;
    id = binding.createTensor(shape, type, values);
    constants.set(key, id);
  }
  return id;
}

/** Whole numbers that an operation takes as a tensor. */
export const argument = (backend: NodeBackend, values: readonly number[]): number =>
  constant(backend, [values.length], Int32Array.from(values));

/**
 * Hands operations the kept tensor for a number, or for a few whole numbers, that is still on the host: a step reads some
 * hundred such tensors, nearly all of them the same each time. What stays on the host has no tensor to delete.
 */
export function keepConstants(backend: NodeBackend): void {
  if (keeping.has(backend)) return;
  keeping.add(backend);
  const original = backend.getInputTensorIds.bind(backend);
  backend.getInputTensorIds = (tensors) => {
    if (constants.size > MOST_CONSTANTS) {
      for (const id of constants.values()) backend.binding.deleteTensor(id);
      constants.clear();
    }
    return tensors.map((tensor) => {
      const { values, shape } = (tensor.dataId && backend.tensorMap.get(tensor.dataId)) || { values: null, shape: [] };
      const isNumber = values instanceof Float32Array && shape.length === 0;
      const isFewSizes = values instanceof Int32Array && values.length <= LONGEST_CONSTANT;
      return isNumber || isFewSizes ? constant(backend, shape, values) : original([tensor])[0]!;
    });
  };
}

/** The backend's own Reshape and ExpandDims make a tensor that the meter cannot know for a view. One of the shape that is asked for is handed on. */
function shareReshaped(): void {
  const reshaped = ({ backend }: Call, x: tfjs.TensorInfo, shape: number[]) => {
    if (tf.util.arraysEqual(x.shape, shape)) return handedOn(backend, x);
    const result = run(backend, 'Reshape', {
      inputs: [...backend.getInputTensorIds([x]), argument(backend, shape)],
      attributes: [typeOf(backend, 'T', x.dtype), typeOf(backend, 'Tshape', 'int32')],
    });
    shareBuffer(result.dataId, x.dataId);
    return { ...result, dtype: x.dtype };
  };
  replace(tf.Reshape, (call) => reshaped(call, call.inputs.x!, call.attrs.shape as number[]));
  replace(tf.ExpandDims, (call) => {
    const { shape } = call.inputs.input!;
    const at = call.attrs.dim as number;
    const place = at < 0 ? shape.length + at + 1 : at;
    return reshaped(call, call.inputs.input!, [...shape.slice(0, place), 1, ...shape.slice(place)]);
  });
}

/** A tensor that has the type already is handed on. */
function castToOther(): void {
  replace(tf.Cast, (call, original) => {
    const x = call.inputs.x!;
    return x.dtype === call.attrs.dtype ? handedOn(call.backend, x) : original(call);
  });
}

/** A tensor of the same data. */
function handedOn(backend: NodeBackend, { dataId, shape, dtype }: tfjs.TensorInfo): tfjs.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

/**
 * Two matrices are multiplied by TensorFlow's MatMul, or by tiles where the processor has them and no side is too thin. The backend's own
 * operation is for stacks of them: of two it is slower by a tenth, and where the result is 3,072 wide it takes twice as long.
 */
function multiply(): void {
  replace(tf.BatchMatMul, (call, original) => {
    const a = call.inputs.a!;
    const b = call.inputs.b!;
    const { backend } = call;
    if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== 'float32') return original(call);
    const turned = (name: string, value: unknown): Attribute => ({
      name,
      type: backend.binding.TF_ATTR_BOOL,
      value: value === true,
    });
    const turns = [turned('transpose_a', call.attrs.transposeA), turned('transpose_b', call.attrs.transposeB)];
    const columns = b.shape[call.attrs.transposeB === true ? 0 : 1]!;
    const isThick = Math.min(...a.shape, columns) >= THINNEST_BY_TILES;
    const [operation, attributes] =
      isThick && multipliesByTiles(backend)
        ? ['RankforgeMultiplyByTiles', turns]
        : ['MatMul', [...turns, typeOf(backend, 'T', 'float32')]];
    return { ...run(backend, operation, { inputs: backend.getInputTensorIds([a, b]), attributes }), dtype: 'float32' };
  });
}

/** Rows, columns and summed numbers of a product by tiles: of fewer TensorFlow's MatMul takes no longer. */
const THINNEST_BY_TILES = 64;

const byTiles = new WeakMap<NodeBackend, boolean>();

function multipliesByTiles(backend: NodeBackend): boolean {
  let answer = byTiles.get(backend);
  if (answer === undefined) {
    answer = hasTiles(backend);
    byTiles.set(backend, answer);
  }
  return answer;
}

/** Whether the processor has them: an engine on a GPU has no such operation. */
function hasTiles({ binding }: NodeBackend): boolean {
  if (!hasKernel('Attention')) return false;
  const [{ id }] = binding.executeOp('RankforgeHasTiles', [], [], 1) as [Made];
  const [has] = binding.tensorDataSync(id);
  binding.deleteTensor(id);
  return has === 1;
}

/** The backend's own Mean casts floats to floats. */
function reduce(): void {
  replace(tf.Mean, (call, original) => {
    const x = call.inputs.x!;
    const { backend } = call;
    if (x.dtype !== 'float32') return original(call);
    const { axis, keepDims } = call.attrs as { axis: number | number[]; keepDims: boolean };
    return {
      ...run(backend, 'Mean', {
        inputs: [...backend.getInputTensorIds([x]), argument(backend, tf.util.parseAxisParam(axis, x.shape))],
        attributes: [
          { name: 'keep_dims', type: backend.binding.TF_ATTR_BOOL, value: keepDims ?? false },
          typeOf(backend, 'T', 'float32'),
          typeOf(backend, 'Tidx', 'int32'),
        ],
      }),
      dtype: 'float32',
    };
  });
}

/** The backend's own Step holds seven tensors: of ones, of other values, and of conditions. */
function step(): void {
  replace(tf.Step, (call, original) => {
    const x = call.inputs.x!;
    const { backend } = call;
    const { binding } = backend;
    if (x.dtype !== 'float32') return original(call);
    const attributes = [typeOf(backend, 'T', 'float32')];
    const on = (operation: string, inputs: readonly number[]) => {
      const [made] = binding.executeOp(operation, attributes, inputs, 1) as [Made];
      for (const id of inputs) binding.deleteTensor(id);
      return made;
    };
    const scalar = (value: number) => binding.createTensor([], binding.TF_FLOAT, Float32Array.of(value));
    const [signs] = binding.executeOp('Sign', attributes, backend.getInputTensorIds([x]), 1) as [Made];
    let made = on('Relu', [signs.id]);
    const alpha = (call.attrs.alpha as number | undefined) ?? 0;
    if (alpha !== 0) made = on('AddV2', [on('Mul', [made.id, scalar(1 - alpha)]).id, scalar(alpha)]);
    return { ...keep(backend, made), dtype: 'float32' };
  });
}
