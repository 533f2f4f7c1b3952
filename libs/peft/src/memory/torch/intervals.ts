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
  /** What is made to differentiate the loss, and by a block that is run again: both come and go. */
  loss: number;
  block: number;
  /** cuBLAS's workspace, as counted. */
  products: number;
  options: Pick<TorchOptions, 'padded'>;
}

/** Share by which kernels of a card may make more or less than those of the cores, to which terms are held; LitGPT's runs lie within it. */
const kernels = 0.04;

/** Share by which the longest batch of padded examples may be shorter than the length that was asked for, as in peft's comparison. */
const shorter = 0.025;

/** cuBLAS takes 32 MiB on Hopper, and cuBLASLt as much again: aten/src/ATen/cuda/CublasHandlePool.cpp. */
const productsAtMost = 64 * 2 ** 20;

/**
 * What comes and goes in one phase is cut up by what stays of the next, so that the driver is asked for as much again: of the loss at most
 * what it makes, and where blocks are run again at most what one of them does.
 */
const holes = ({ loss, block }: Pick<Terms, 'loss' | 'block'>): number =>
  block > 0 ? Math.min(loss, block) : loss / 2;

export function intervalsOf({
  allocated,
  reserved,
  steady,
  made,
  kept,
  loss,
  block,
  products,
  options,
}: Terms): TorchIntervals {
  const less = kernels + (options.padded ? shorter : 0);
  const libraries = products === 0 ? 0 : productsAtMost - products;
  const lost = holes({ loss, block });
  const low = allocated - less * made;
  return {
    allocated: whole(low, allocated + kernels * made + libraries),
    reserved: whole(low, reserved + Math.max(kernels * made, lost) + libraries),
    steady: whole(steady - less * kept, steady + kernels * kept + libraries),
  };
}

const whole = (low: number, high: number): Interval => ({ low: Math.floor(low), high: Math.ceil(high) });
