/** @file libtensorflow through tfjs-node or tfjs-node-gpu. Neither is a dependency: their installers fetch binaries. */
import { createRequire } from 'node:module';
import type { Backend } from '../engine.js';

const require = createRequire(import.meta.url);
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

export const tensorflow: Backend = {
  tfjsName: 'tensorflow',
  tolerance: 1e-4,
  capabilities: { deterministic: false, accelerator: true },
  async prepare() {
    const causes: unknown[] = [];
    for (const name of packages) {
      try {
        const binding = require(name) as { node?: { isUsingGpuDevice?(): boolean } };
        return { device: binding.node?.isUsingGpuDevice?.() ? 'CUDA GPU' : 'libtensorflow on the CPU' };
      } catch (cause) {
        causes.push(cause);
      }
    }
    throw new Error(
      `Engine tensorflow needs ${packages.join(' or ')}, version 4.22.0, and neither loads. ` +
        `Install one of them: npm i ${packages[0]}@4.22.0 (CUDA) or npm i ${packages[1]}@4.22.0`,
      { cause: new AggregateError(causes) },
    );
  },
};
