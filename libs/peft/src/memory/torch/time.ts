/** @file The time of a step on a card, from what it multiplies and reads, and an assumption of how much of its rate a training reaches. */
import type { Card } from '../cards.js';
import type { MultiplyAdds } from '../operation-cost.js';
import type { TorchOptions } from './options.js';

export interface Seconds {
  low: number;
  high: number;
}

/** Shares of the rate of dense products that trainings of one card are assumed to reach: an assumption, and no measurement. */
export const assumedUtilization = { low: 0.2, high: 0.5 };

/** The same of the bandwidth. */
const assumedBandwidth = { low: 0.5, high: 1 };

export interface StepOnCard {
  /** Products of all passes of a step. */
  products: MultiplyAdds;
  /** Bytes of the base. */
  weights: number;
  /** Forward passes of a step. */
  accumulate: number;
  options: Pick<TorchOptions, 'checkpointing'>;
}

/**
 * Products and reads of the base may run beside each other at best, and follow each other at worst. Time between cards, of data and of the
 * update is no part of it.
 */
export function secondsOf(
  { products, weights, accumulate, options }: StepOnCard,
  { teraflops, gigabytesPerSecond }: Pick<Card, 'teraflops' | 'gigabytesPerSecond'>,
): Seconds {
  const operations = 2 * (products.forward + products.backward);
  // Each pass reads the base: forward, backward, and the one that is run again.
  const read = accumulate * (options.checkpointing === 'block' ? 3 : 2) * weights;
  const computing = (share: number) => operations / (share * teraflops * 1e12);
  const reading = (share: number) => read / (share * gigabytesPerSecond * 1e9);
  return {
    low: Math.max(computing(assumedUtilization.high), reading(assumedBandwidth.high)),
    high: computing(assumedUtilization.low) + reading(assumedBandwidth.low),
  };
}
