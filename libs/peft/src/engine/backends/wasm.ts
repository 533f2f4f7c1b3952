/** @file WebAssembly, one core. The default: it needs nothing but npm. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from '../../tensor/tf.js';
import type { Backend } from '../backend.js';
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
  started: refuseOverruns,
  writableBuffer(shape) {
    const backend = tf.backend() as BackendWasm;
    const output = backend.makeOutput(shape, 'float32');
    const tensor = tf.tidy(() => tf.keep(tf.engine().makeTensorFromTensorInfo(output, backend)));
    return { tensor, values: backend.typedArrayFromHeap(output) as Float32Array };
  },
};

/** The private member of tfjs's backend this rests on (4.22; the version is pinned exactly). */
interface Heap {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

const guarded = new WeakSet<Heap>();

/**
 * Where the heap is full (4 GiB at most), `malloc` answers null and tfjs would write the tensor to address 0, over what is
 * there; and once it has been full, `malloc` may answer with more than is left before its end. This says so instead.
 */
function refuseOverruns(): void {
  const { wasm: heap } = tf.backend() as unknown as { wasm: Heap };
  if (guarded.has(heap)) return;
  guarded.add(heap);
  heap._free(heap._malloc(1)); // the first call replaces the function by the one to keep
  const allocate = heap._malloc;
  heap._malloc = (bytes) => {
    // Above 2 GiB the address comes as a negative number.
    const address = allocate(bytes) >>> 0;
    if ((address === 0 && bytes > 0) || address + bytes > heap.HEAPU8.length) {
      throw new Error(`out of memory: the heap of WebAssembly, of 4 GiB at most, has no ${bytes} bytes left`);
    }
    return address;
  };
}
