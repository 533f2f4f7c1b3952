/**
 * @file Kernels of tfjs's wasm backend, replaced, and one more. They rest on members of the backend that its types hide
 * (4.22; the version is pinned exactly).
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import { registerOpening } from '../packed/open.js';
import { heapOf, type RightOperand } from './wasm-heap.js';

interface WasmBackend extends tfjs.KernelBackend {
  wasm: {
    cwrap(name: string, result: null, parameters: readonly ('number' | 'array')[]): (...values: unknown[]) => void;
    tfjs: { registerTensor(id: number, size: number, offset: number): void; disposeData(id: number): void };
  };
  dataIdMap: { get(id: object): { id: number; memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: 'float32'): tfjs.TensorInfo;
  typedArrayFromHeap(tensor: tfjs.TensorInfo): Int32Array | Float32Array;
}

let replaced = false;

/** Puts the kernels in place, once per process. */
export function replaceKernels(): void {
  if (!replaced) {
    replaced = true;
    shareClones();
    makeRoomToPack(tf.BatchMatMul);
    makeRoomToPack(tf._FusedMatMul);
    splitBatches();
    openPacked();
  }
}

/** Packed kernels are opened in the module's memory. */
function openPacked(): void {
  registerOpening<WasmBackend>({
    backendName: 'wasm',
    valuesOf: (part, backend) => backend.typedArrayFromHeap(part),
    output(shape, backend) {
      const info = backend.makeOutput(shape, 'float32');
      return { info, values: backend.typedArrayFromHeap(info) as Float32Array };
    },
  });
}

/**
 * The backend's own Identity copies, so that every tensor saved for a backward pass would be held twice. This one
 * counts a reference to the buffer instead, as the other backends do.
 */
function shareClones(): void {
  tf.unregisterKernel(tf.Identity, 'wasm');
  tf.registerKernel({
    kernelName: tf.Identity,
    backendName: 'wasm',
    kernelFunc({ inputs, backend }) {
      const x = inputs.x as tfjs.TensorInfo;
      (backend as tfjs.KernelBackend).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  });
}

/** Multiplications below which setting up a fast product costs more than it gains. */
const SMALLEST_PRODUCT = 2 ** 14;

/** Floats of a right operand above which no packed copy of it stays: it would take as much again as long as the operand lives. */
const LARGEST_KEPT = 2 ** 25;

/** Ids under which the operands and the result of one product are known to the module; its own count up from 1. */
const [LEFT, RIGHT, RESULT] = [2 ** 31 - 1, 2 ** 31 - 2, 2 ** 31 - 3];

/**
 * The backend has a fast product (XNNPACK) for two matrices, and a scalar loop for batches and for transposed
 * operands. This kernel transposes operands first, and runs a batch as one fast product per matrix, each on a view of
 * the operands' memory: nothing is copied. A large right operand is multiplied by as a view too, since what the module packs for a
 * view does not outlive the product.
 */
function splitBatches(): void {
  const original = tf.getKernel(tf.BatchMatMul, 'wasm');
  let multiply: (...values: unknown[]) => void;
  tf.unregisterKernel(tf.BatchMatMul, 'wasm');
  tf.registerKernel({
    ...original,
    setupFunc(backend) {
      original.setupFunc?.(backend);
      const parameters = 'number array number number array number number number number'.split(' ') as 'number'[];
      multiply = (backend as WasmBackend).wasm.cwrap(tf.BatchMatMul, null, parameters);
    },
    kernelFunc(call) {
      const { a, b } = call.inputs as Record<'a' | 'b', tfjs.TensorInfo>;
      const { transposeA, transposeB } = call.attrs as unknown as tfjs.BatchMatMulAttrs;
      const backend = call.backend as WasmBackend;
      const [m, k] = matrixShape(a, transposeA);
      const [, n] = matrixShape(b, transposeB);
      const batch = a.shape.slice(0, -2);
      const sameBatch = batch.join() === b.shape.slice(0, -2).join();
      const isSmall = batch.length === 0 ? k * n <= LARGEST_KEPT : m * k * n < SMALLEST_PRODUCT;
      if (!sameBatch || isSmall) return original.kernelFunc(call);
      const matrices = tf.util.sizeFromShape(batch);
      const left = transposeA ? transposed(a, backend) : a;
      const right = transposeB ? transposed(b, backend) : b;
      const result = backend.makeOutput([...batch, m, n], 'float32');
      const { registerTensor, disposeData } = backend.wasm.tfjs;
      const offsetOf = ({ dataId }: tfjs.TensorInfo) => backend.dataIdMap.get(dataId).memoryOffset;
      const [leftOffset, rightOffset, resultOffset] = [offsetOf(left), offsetOf(right), offsetOf(result)];
      const [leftShape, rightShape] = [shapeBytes(m, k), shapeBytes(k, n)];
      heapOf(backend.wasm).reserve({ k, n }, 0);
      for (let index = 0; index < matrices; index++) {
        registerTensor(LEFT, m * k, leftOffset + 4 * index * m * k);
        registerTensor(RIGHT, k * n, rightOffset + 4 * index * k * n);
        registerTensor(RESULT, m * n, resultOffset + 4 * index * m * n);
        multiply(LEFT, leftShape, 3, RIGHT, rightShape, 3, 0, 0, RESULT);
        // Also drops the packed copy that the module keeps of a right operand.
        [LEFT, RIGHT, RESULT].forEach((id) => {
          disposeData(id);
        });
      }
      if (left !== a) backend.disposeData(left.dataId);
      if (right !== b) backend.disposeData(right.dataId);
      return result;
    },
  });
}

/**
 * For a product of two matrices the module packs the right one, and keeps the copy. Room for it is made before, since the module would
 * leave the result unwritten where it finds none.
 */
function makeRoomToPack(kernelName: string): void {
  const original = tf.getKernel(kernelName, 'wasm');
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...original,
    kernelFunc(call) {
      const backend = call.backend as WasmBackend;
      const operand = packedOperand(call, backend);
      if (!operand) return original.kernelFunc(call);
      const heap = heapOf(backend.wasm);
      if (!heap.holds(operand)) heap.reserve(operand, 4 * operand.rows * operand.n);
      const result = original.kernelFunc(call);
      heap.packed(operand);
      return result;
    },
  });
}

interface ProductInputs {
  a: tfjs.TensorInfo;
  b: tfjs.TensorInfo;
  bias?: tfjs.TensorInfo;
}

/** The right operand of a product that the module packs, and the rows of the left one; undefined for one that it does not pack. */
function packedOperand(
  { inputs, attrs }: Parameters<tfjs.KernelFunc>[0],
  backend: WasmBackend,
): (RightOperand & { rows: number }) | undefined {
  const { a, b, bias } = inputs as unknown as ProductInputs;
  const { transposeA, transposeB } = attrs as unknown as tfjs.BatchMatMulAttrs;
  const isMatrix = ({ shape }: tfjs.TensorInfo) => shape.slice(0, -2).every((side) => side === 1);
  if (transposeA || transposeB || !isMatrix(a) || !isMatrix(b)) return undefined;
  const [rows] = matrixShape(a, false);
  const [k, n] = matrixShape(b, false);
  const { id, memoryOffset: offset } = backend.dataIdMap.get(b.dataId);
  return { id, offset, k, n, rows, bias: bias ? backend.dataIdMap.get(bias.dataId).id : 0 };
}

/** Rows and columns of the matrices of a batch, as the product sees them. */
function matrixShape({ shape }: tfjs.TensorInfo, isTransposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** A new tensor with the last two axes swapped. */
function transposed(x: tfjs.TensorInfo, backend: WasmBackend): tfjs.TensorInfo {
  const [rows, columns] = matrixShape(x, false);
  const stacked = { ...x, shape: [tf.util.sizeFromShape(x.shape) / (rows * columns), rows, columns], dataId: x.dataId };
  const { kernelFunc } = tf.getKernel(tf.Transpose, 'wasm');
  return kernelFunc({ inputs: { x: stacked }, attrs: { perm: [0, 2, 1] }, backend }) as tfjs.TensorInfo;
}

/** `[1, rows, columns]` as the module reads it. */
const shapeBytes = (rows: number, columns: number) => new Uint8Array(Int32Array.of(1, rows, columns).buffer);
