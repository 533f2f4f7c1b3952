/** @file Products with frozen kernels in bfloat16 by operations of TensorFlow. A kernel that is held in bfloat16 is read where it lies. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { type HalvedProduct, registerHalvedProduct } from '../halved-products.js';
import type { Parts } from '../packed/dtype.js';
import { packedDtypes } from '../packed/registry.js';
import { type Flat, type FlatWork, inFlat, types } from './tensorflow-flat.js';
import type { NodeBackend } from './tensorflow-kernels.js';

export function multiplyHalved(): void {
  registerHalvedProduct('tensorflow', ({ x, parts }, asked, backend) =>
    inFlat(backend as NodeBackend, (on) => {
      const { kernel, isStored } = halvedKernel(on, parts, asked);
      const halved = on.cast(on.given(x), types.bfloat16);
      // A stored kernel is `[out, in]`.
      const product = on.multiplied(halved, kernel, { b: isStored !== asked.turned });
      return on.result(on.toFloat(product));
    }),
  );
}

/** The kernel in bfloat16: `[in, out]`, or as it is stored. */
function halvedKernel(on: FlatWork, parts: Parts<tfjs.TensorInfo>, { dtype, shape }: HalvedProduct) {
  if (dtype === undefined) return { kernel: on.cast(on.given(parts.floats!), types.bfloat16), isStored: false };
  // What is of the type already stays so.
  const isHalved = (x: Flat) => x.type === types.bfloat16;
  const opening = { ...on, toFloat: (x: Flat) => (isHalved(x) ? x : on.toFloat(x)) };
  const given = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, on.given(part)]));
  const open = on.reshape(packedDtypes[dtype].openFlat(opening, given, shape), [shape.out, shape.in]);
  return { kernel: isHalved(open) ? open : on.cast(open, types.bfloat16), isStored: true };
}
