/**
 * @file What a prediction may be off by, term by term. Weights, adapters, gradients, moments and what autograd saves follow from shapes
 * and have no term; the others are bounds that hold before anything runs. docs/estimates.md sets them beside published runs.
 */
import type { TorchOptions } from './options.js';

/** Bytes, between which 95 of 100 runs are to lie. */
export interface Interval {
  low: number;
  high: number;
}

export interface TorchIntervals {
  allocated: Interval;
  reserved: Interval;
  steady: Interval;
}

interface Terms {
  allocated: number;
  reserved: number;
  steady: number;
  /** Activations and workspace at the peak. */
  made: number;
  /** Those of them that are held between two steps. */
  kept: number;
  /** The largest tensor that comes and goes: logits as the loss reads them. */
  largest: number;
  /** cuBLAS's workspace, as counted. */
  products: number;
  options: Pick<TorchOptions, 'padded' | 'checkpointing'>;
}

/** Share by which kernels of a card may make more or less than those of the cores, to which peaks are held within it. */
const kernels = 0.05;

/** Share by which the longest batch of padded examples is shorter than the length that was asked for. */
const shorter = 0.015;

/** cuBLAS takes 32 MiB on Hopper, and cuBLASLt as much again: aten/src/ATen/cuda/CublasHandlePool.cpp. */
const productsAtMost = 64 * 2 ** 20;

/** Of the largest tensor, what smaller ones that stay leave of the segments of those that go. */
const leftOfLargest = 1.6;

/** Share of what is allocated that the allocator loses to fragments at most, where all is kept and where blocks are run again. */
const fragments = { none: 0.05, block: 0.08 } as const;

export function intervalsOf({
  allocated,
  reserved,
  steady,
  made,
  kept,
  largest,
  products,
  options,
}: Terms): TorchIntervals {
  const less = kernels + (options.padded ? shorter : 0);
  const libraries = products === 0 ? 0 : productsAtMost - products;
  const lost = Math.min(leftOfLargest * largest, fragments[options.checkpointing] * allocated);
  const low = allocated - less * made;
  return {
    allocated: whole(low, allocated + kernels * made + libraries),
    reserved: whole(low, reserved + Math.max(kernels * made, lost) + libraries),
    steady: whole(steady - less * kept, steady + kernels * kept + libraries),
  };
}

const whole = (low: number, high: number): Interval => ({ low: Math.floor(low), high: Math.ceil(high) });
