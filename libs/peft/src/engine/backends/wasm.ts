/** @file WebAssembly, one core. The default: it needs nothing but npm. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Backend } from '../engine.js';
import { replaceKernels } from './wasm-kernels.js';

const require = createRequire(import.meta.url);

export const wasm: Backend = {
  tfjsName: 'wasm',
  tolerance: 1e-5,
  capabilities: { deterministic: true, accelerator: false },
  async prepare() {
    const entry = require.resolve('@tensorflow/tfjs-backend-wasm');
    const { setWasmPaths } = require(entry) as typeof import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${join(dirname(entry))}/`);
    replaceKernels();
    return { device: 'WebAssembly, one core' };
  },
};
