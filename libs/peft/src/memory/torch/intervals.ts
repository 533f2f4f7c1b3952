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
  /** Bytes of `made` that are held between two steps. */
  kept: number;
  /** cuBLAS's workspace, as counted. */
  products: number;
  moment: 'loss' | 'block' | 'update';
  /** Bytes that the loss makes: all, and those to differentiate it. */
  loss: { all: number; differentiated: number };
  /** Bytes that a block makes when it is run again; 0 where none is. */
  block: number;
  options: Pick<TorchOptions, 'padded'>;
}

/** Share by which kernels of a card may make more or less than those of the cores, to which terms are held; LitGPT's runs in 16 bits lie within it. */
const kernels = 0.04;

/** Share by which the longest batch of padded examples may be shorter than the length that was asked for, as in peft's comparison. */
const shorter = 0.025;

/** cuBLAS takes 32 MiB on Hopper, and cuBLASLt as much again: aten/src/ATen/cuda/CublasHandlePool.cpp. */
const productsAtMost = 64 * 2 ** 20;

export function intervalsOf(terms: Terms): TorchIntervals {
  const { allocated, reserved, steady, made, kept, products, options } = terms;
  const less = kernels + (options.padded ? shorter : 0);
  const libraries = products === 0 ? 0 : productsAtMost - products;
  const low = allocated - less * made;
  return {
    allocated: whole(low, allocated + kernels * made + libraries),
    reserved: whole(low, reserved + Math.max(kernels * made, holes(terms)) + libraries),
    steady: whole(steady - less * kept, steady + kernels * kept + libraries),
  };
}

/**
 * Bytes of segments that one phase leaves in pieces too small for the next: where blocks are run again the smaller of what a block and the
 * loss make, where all is kept one tensor of the loss, and where the update is the peak all that the loss had.
 */
function holes({ moment, loss, block }: Pick<Terms, 'moment' | 'loss' | 'block'>): number {
  if (moment === 'update') return loss.all;
  return block > 0 ? Math.min(loss.differentiated, block) : loss.differentiated / 2;
}

const whole = (low: number, high: number): Interval => ({ low: Math.floor(low), high: Math.ceil(high) });
