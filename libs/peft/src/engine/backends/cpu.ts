/** @file Plain JavaScript: slow, and the reference the others are compared with. Part of the umbrella package. */
import type { Backend } from '../backend.js';

export const cpu: Backend = {
  tfjsName: 'cpu',
  tolerance: 1e-5,
  async prepare() {
    return { device: 'JavaScript, one core', capabilities: { deterministic: true, accelerator: false } };
  },
};
