/** @file WebAssembly, one core. The default: it needs nothing but npm. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import type { Backend } from '../engine.js';

const require = createRequire(import.meta.url);

export const wasm: Backend = {
  tfjsName: 'wasm',
  tolerance: 1e-5,
  capabilities: { deterministic: true, accelerator: false },
  async prepare() {
    const entry = require.resolve('@tensorflow/tfjs-backend-wasm');
    const { setWasmPaths } = require(entry) as typeof import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${join(dirname(entry))}/`);
    shareClones();
    return { device: 'WebAssembly, one core' };
  },
};

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
