/** @file Plain JavaScript: slow, and the reference the others are compared with. Part of the umbrella package. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.js';
import { registerOpening } from '../packed/open.js';

/** The members of tfjs's backend this rests on (4.22; the version is pinned exactly). */
interface CpuBackend {
  data: { get(id: object): { values: Int32Array | Float32Array } };
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Float32Array): tfjs.TensorInfo;
}

let opens = false;

/** Packed kernels are opened in arrays. */
function openPacked(): void {
  if (opens) return;
  opens = true;
  registerOpening<CpuBackend>({
    backendName: 'cpu',
    valuesOf: ({ dataId }, backend) => backend.data.get(dataId).values,
    output(shape, backend) {
      const values = new Float32Array(shape[0] * shape[1]);
      return { info: backend.makeTensorInfo(shape, 'float32', values), values };
    },
  });
}

export const cpu: Backend = {
  tfjsName: 'cpu',
  tolerance: 1e-5,
  async prepare() {
    openPacked();
    return { device: 'JavaScript, one core', capabilities: { deterministic: true, accelerator: false } };
  },
};
