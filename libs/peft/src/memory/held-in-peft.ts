/** @file Bytes that Python peft holds of an adapter from step to step, where that is not what the engines here hold. */
import type { Method } from '../method.js';
import { sizeOf } from '../tensor/shape.js';
import type { AdapterTensor, TrialPlan } from '../training/plan.js';

interface Bytes {
  baseBytes: number;
  adapterBytes: number;
}

/** Bytes of the tensors of adapters and of what peft keeps beside them. */
export function heldInPeft({ adapters, layers, ownRows }: TrialPlan, { weight }: Method, bytes: Bytes): number {
  const { baseBytes, adapterBytes } = bytes;
  const own = adapters.reduce((sum, tensor) => sum + bytesOf(tensor, bytes), 0);
  const beside = layers.reduce((sum, { shape, config }) => {
    const { floats = 0, base = 0, indices = 0 } = weight?.besideInPeft?.(shape, config) ?? {};
    return sum + adapterBytes * floats + baseBytes * base + 8 * indices;
  }, 0);
  // Trained rows of a table have what they were beside them.
  const rows = adapters.find(({ path }) => path === ownRows?.path);
  return own + beside + (rows ? adapterBytes * sizeOf(rows.shape) : 0);
}

function bytesOf({ shape, index, inPeft = {} }: AdapterTensor, { baseBytes, adapterBytes }: Bytes): number {
  const { each = index ? 8 : adapterBytes, numbers = sizeOf(shape) } = inPeft;
  return (each === 'base' ? baseBytes : each) * numbers;
}
