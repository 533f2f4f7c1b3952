/** @file Products with frozen kernels in bfloat16 by operations of TensorFlow. A kernel that is held in bfloat16 is read where it lies. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { sizeOf } from '../../tensor/shape.js';
import { type HalvedProduct, registerHalvedProduct } from '../halved-products.js';
import { holdsInside } from '../meter.js';
import type { Parts } from '../packed/dtype.js';
import { packedDtypes } from '../packed/registry.js';
import { type Flat, type FlatWork, inFlat, types } from './tensorflow-flat.js';
import type { NodeBackend } from './tensorflow-kernels.js';

export function multiplyHalved(): void {
  registerHalvedProduct('tensorflow', ({ x, parts }, asked, backend) =>
    inFlat(backend as NodeBackend, (on) => {
      const { kernel, isStored, bytes } = halvedKernel(on, parts, asked);
      const halved = on.cast(on.given(x), types.bfloat16);
      // A stored kernel is `[out, in]`.
      const product = on.multiplied(halved, kernel, { b: isStored !== asked.turned });
      holdsInside(bytes + 2 * (sizeOf(halved.shape) + sizeOf(product.shape)));
      on.only(product);
      const result = on.toFloat(product);
      holdsInside(6 * sizeOf(product.shape));
      return on.result(result);
    }),
  );
}

/** The kernel in bfloat16, and the bytes that it takes beside its parts. */
function halvedKernel(on: FlatWork, parts: Parts<tfjs.TensorInfo>, { dtype, shape }: HalvedProduct) {
  const size = shape.in * shape.out;
  if (dtype === undefined) {
    return { kernel: on.cast(on.given(parts.floats!), types.bfloat16), isStored: false, bytes: 2 * size };
  }
  // What is of the type already stays so.
  const isHalved = (x: Flat) => x.type === types.bfloat16;
  const opening = { ...on, toFloat: (x: Flat) => (isHalved(x) ? x : on.toFloat(x)) };
  const given = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, on.given(part)]));
  const open = on.reshape(packedDtypes[dtype].openFlat(opening, given, shape), [shape.out, shape.in]);
  // Of an odd count the half of a word too many is cut off, which copies the others.
  if (isHalved(open)) return { kernel: open, isStored: true, bytes: size % 2 === 0 ? 0 : 2 * size };
  const kernel = on.cast(open, types.bfloat16);
  holdsInside(6 * size);
  on.only(kernel);
  return { kernel, isStored: true, bytes: 2 * size };
}
