/** @file WebAssembly, one core. The default: it needs nothing but npm. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from '../../tensor/tf.js';
import type { Backend } from '../backend.js';
import { heapOf } from './wasm-heap.js';
import { replaceKernels } from './wasm-kernels.js';

const require = createRequire(import.meta.url);

export const wasm: Backend = {
  tfjsName: 'wasm',
  tolerance: 1e-5,
  async prepare() {
    const entry = require.resolve('@tensorflow/tfjs-backend-wasm');
    const { setWasmPaths } = require(entry) as typeof import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${join(dirname(entry))}/`);
    replaceKernels();
    return { device: 'WebAssembly, one core', capabilities: { deterministic: true, accelerator: false } };
  },
  started() {
    heapOf((tf.backend() as BackendWasm).wasm);
  },
  writableBuffer(shape) {
    const backend = tf.backend() as BackendWasm;
    const output = backend.makeOutput(shape, 'float32');
    const tensor = tf.tidy(() => tf.keep(tf.engine().makeTensorFromTensorInfo(output, backend)));
    return { tensor, values: backend.typedArrayFromHeap(output) as Float32Array };
  },
};
