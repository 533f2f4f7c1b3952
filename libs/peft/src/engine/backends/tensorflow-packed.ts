/** @file Opens packed kernels by operations of TensorFlow. */
import { registerKernel } from '../packed/open.js';
import { packedDtypes } from '../packed/registry.js';
import { inFlat } from './tensorflow-flat.js';
import type { NodeBackend } from './tensorflow-kernels.js';

export function openPacked(): void {
  registerKernel('tensorflow', (parts, { dtype, shape, turned }, backend) =>
    inFlat(backend as NodeBackend, (on) => {
      const given = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, on.given(part)]));
      const stored = on.reshape(packedDtypes[dtype].openFlat(on, given, shape), [shape.out, shape.in]);
      return on.result(turned ? stored : on.transpose(stored));
    }),
  );
}
