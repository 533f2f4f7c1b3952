/** @file Opens packed kernels on the device, one at a time, and multiplies by them. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { PackedDtypeName } from '../../tensor/base-dtypes.js';
import { tf } from '../../tensor/tf.js';
import { fused } from '../fused.js';
import { timesMade } from '../products.js';
import type { PackedDtype, PackedShape, Parts, PartValues } from './dtype.js';
import { packedDtypes } from './registry.js';

/** A frozen kernel `[in, out]` on the device. */
export interface PackedKernel {
  dtype: PackedDtypeName;
  shape: PackedShape;
  /** By the names of `PackedDtype.parts`. */
  parts: Parts<tfjs.Tensor>;
}

/** Name of the kernel that backends have for it: see `registerOpening`. */
const OPEN = 'OpenPacked';

/** The kernel as floats: `[in, out]`, or `turned` `[out, in]`. Nothing flows back. */
export function opened({ dtype, shape, parts }: PackedKernel, { turned = false } = {}): tfjs.Tensor2D {
  const attrs = { dtype, in: shape.in, out: shape.out, turned };
  return tf.engine().runKernel(OPEN, { ...parts }, attrs) as tfjs.Tensor2D;
}

/**
 * `x [rows, in] · kernel [in, out] + bias [out]` with a packed kernel, which is open while it is multiplied by.
 * Keeps nothing. The parts must live until the backward pass is over.
 */
export function linearOpened(x: tfjs.Tensor2D, kernel: PackedKernel, bias?: tfjs.Tensor1D): tfjs.Tensor2D {
  return fused(
    [
      [x, (dy) => tf.matMul(dy as tfjs.Tensor2D, opened(kernel, { turned: true }))],
      ...(bias ? [[bias, (dy: tfjs.Tensor) => tf.sum(dy, 0)] as const] : []),
    ],
    () => ({ value: tf.tidy(() => timesMade(x, (as) => opened(kernel, as), bias)), save: {} }),
  );
}

/** Outputs whose numbers are read at a time and written beside each other. */
const STRIP = 16;

/** Writes an opened kernel over `target`, on the host. */
export function openInto(
  dtype: PackedDtype,
  parts: Parts,
  { shape, turned, target }: { shape: PackedShape; turned: boolean; target: Float32Array },
): void {
  const { in: inputs, out } = shape;
  if (turned) {
    dtype.open(parts, target, { from: 0, to: inputs * out, shape });
    return;
  }
  const strip = new Float32Array(STRIP * inputs);
  for (let first = 0; first < out; first += STRIP) {
    const units = Math.min(STRIP, out - first);
    dtype.open(parts, strip, { from: first * inputs, to: (first + units) * inputs, shape });
    for (let row = 0; row < inputs; row++) {
      for (let unit = 0; unit < units; unit++) target[row * out + first + unit] = strip[unit * inputs + row]!;
    }
  }
}

interface Opening<B> {
  backendName: string;
  /** Values of a part, which may be a view of the device's memory. */
  valuesOf(part: tfjs.TensorInfo, backend: B): PartValues;
  /** A new tensor, and where its values are written to. Made before values are asked for. */
  output(shape: [number, number], backend: B): { info: tfjs.TensorInfo; values: Float32Array };
}

/** Registers the kernel of a backend whose memory the host reads and writes. */
export function registerOpening<B>({ backendName, valuesOf, output }: Opening<B>): void {
  registerKernel(backendName, (parts, { dtype, shape, turned }, backend) => {
    const made = output(turned ? [shape.out, shape.in] : [shape.in, shape.out], backend as B);
    const values = Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [name, valuesOf(part, backend as B)]),
    );
    openInto(packedDtypes[dtype], values, { shape, turned, target: made.values });
    return made.info;
  });
}

/** The kernel that a backend is asked to open. */
export interface Asked {
  dtype: PackedDtypeName;
  shape: PackedShape;
  turned: boolean;
}

export function registerKernel(
  backendName: string,
  open: (parts: Parts<tfjs.TensorInfo>, asked: Asked, backend: unknown) => tfjs.TensorInfo,
): void {
  tf.registerKernel({
    kernelName: OPEN,
    backendName,
    kernelFunc({ inputs, attrs, backend }) {
      const { dtype, in: inner, out, turned } = attrs as unknown as Omit<Asked, 'shape'> & PackedShape;
      return open(inputs as Parts<tfjs.TensorInfo>, { dtype, shape: { in: inner, out }, turned }, backend);
    },
  });
}
