/**
 * @file Products with frozen kernels in bfloat16: both operands are rounded to it, sums are of float32, and the result is rounded
 * to bfloat16 again, as torch does it. All else stays float32.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { PackedDtypeName } from '../tensor/base-dtypes.js';
import { tf } from '../tensor/tf.js';
import { fused } from './fused.js';
import type { PackedShape, Parts } from './packed/dtype.js';
import type { PackedKernel } from './packed/open.js';
import { plus } from './products.js';

/** Name of the kernel that backends have for it. */
const MULTIPLY = 'MultiplyInBfloat16';

/** A frozen kernel `[in, out]` on the device: in floats, or packed. */
export type FrozenKernel = tfjs.Tensor2D | PackedKernel;

/** What a backend is asked for: `x · kernel`, or `turned` `x · kernelᵀ`. */
export interface HalvedProduct {
  /** Omitted: the kernel is one part, `floats [in, out]`. */
  dtype?: PackedDtypeName;
  shape: PackedShape;
  turned: boolean;
}

/**
 * `x [rows, in] · kernel [in, out] + bias [out]`, the product in bfloat16.
 * Keeps nothing. The kernel must live until the backward pass is over.
 */
export function linearInBfloat16(x: tfjs.Tensor2D, kernel: FrozenKernel, bias?: tfjs.Tensor1D): tfjs.Tensor2D {
  return fused(
    [[x, (dy) => multiplied(dy, kernel, true)], ...(bias ? [[bias, (dy: tfjs.Tensor) => tf.sum(dy, 0)] as const] : [])],
    () => ({ value: plus(multiplied(x, kernel, false), bias), save: {} }),
  );
}

function multiplied(x: tfjs.Tensor, kernel: FrozenKernel, turned: boolean): tfjs.Tensor2D {
  const isPacked = 'parts' in kernel;
  const { in: inner, out } = isPacked ? kernel.shape : { in: kernel.shape[0], out: kernel.shape[1] };
  const inputs = { ...(isPacked ? kernel.parts : { floats: kernel }), x };
  const attrs = { ...(isPacked && { dtype: kernel.dtype }), in: inner, out, turned };
  return tf.engine().runKernel(MULTIPLY, inputs as tfjs.NamedTensorMap, attrs) as tfjs.Tensor2D;
}

export function registerHalvedProduct(
  backendName: string,
  multiply: (
    operands: { x: tfjs.TensorInfo; parts: Parts<tfjs.TensorInfo> },
    asked: HalvedProduct,
    backend: unknown,
  ) => tfjs.TensorInfo,
): void {
  tf.registerKernel({
    kernelName: MULTIPLY,
    backendName,
    kernelFunc({ inputs, attrs, backend }) {
      const { in: inner, out, ...asked } = attrs as unknown as Omit<HalvedProduct, 'shape'> & PackedShape;
      const { x, ...parts } = inputs as Record<string, tfjs.TensorInfo>;
      return multiply({ x: x!, parts }, { ...asked, shape: { in: inner, out } }, backend);
    },
  });
}
