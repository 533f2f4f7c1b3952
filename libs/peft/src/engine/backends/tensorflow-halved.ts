/**
 * @file Products with frozen kernels in bfloat16 on TensorFlow: on the host by an operation of our own, which rounds numbers as it reads
 * them, and on a GPU by its MatMul, which reads a kernel that is held in bfloat16 where it lies.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { hasKernel } from '../formulas.js';
import { type HalvedProduct, registerHalvedProduct } from '../halved-products.js';
import type { Parts } from '../packed/dtype.js';
import { packedDtypes } from '../packed/registry.js';
import { type Flat, type FlatWork, inFlat, types } from './tensorflow-flat.js';
import type { NodeBackend } from './tensorflow-kernels.js';

export function multiplyHalved(): void {
  registerHalvedProduct('tensorflow', ({ x, parts }, asked, backend) =>
    inFlat(backend as NodeBackend, (on) => {
      const multiply = hasKernel('Attention') ? atOnce : byOperations;
      return on.result(multiply(on, on.given(x), parts, asked));
    }),
  );
}

function atOnce(on: FlatWork, x: Flat, parts: Parts<tfjs.TensorInfo>, { dtype, shape, turned }: HalvedProduct): Flat {
  const stored = { rows: shape.out, columns: shape.in };
  if (dtype === undefined) {
    return on.multipliedInBfloat16(x, on.given(parts.floats!), { rows: shape.in, columns: shape.out, turned });
  }
  const kernel = dtype === 'bfloat16' ? on.given(parts.words!) : opened(on, parts, { dtype, shape });
  return on.multipliedInBfloat16(x, kernel, { ...stored, turned: !turned });
}

function byOperations(
  on: FlatWork,
  x: Flat,
  parts: Parts<tfjs.TensorInfo>,
  { dtype, shape, turned }: HalvedProduct,
): Flat {
  const isStored = dtype !== undefined;
  const kernel = isStored ? opened(halving(on), parts, { dtype, shape }) : on.given(parts.floats!);
  const halved = on.cast(x, types.bfloat16);
  const product = on.multiplied(halved, inBfloat16(on, kernel), { b: isStored !== turned });
  return on.toFloat(product);
}

/** A packed kernel as it is stored: `[out, in]`. */
function opened(
  on: FlatWork,
  parts: Parts<tfjs.TensorInfo>,
  { dtype, shape }: Required<Pick<HalvedProduct, 'dtype' | 'shape'>>,
): Flat {
  const given = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, on.given(part)]));
  return on.reshape(packedDtypes[dtype].openFlat(on, given, shape), [shape.out, shape.in]);
}

/** The same operations, but that numbers of bfloat16 stay so. */
const halving = (on: FlatWork): FlatWork => ({ ...on, toFloat: (x) => (isHalved(x) ? x : on.toFloat(x)) });

const inBfloat16 = (on: FlatWork, x: Flat): Flat => (isHalved(x) ? x : on.cast(x, types.bfloat16));

const isHalved = (x: Flat): boolean => x.type === types.bfloat16;
