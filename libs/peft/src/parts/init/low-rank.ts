/** @file First values of low-rank factors that leave the base model unchanged. */
import type { InitPart } from '../../method.js';
import type { LowRankConfig } from '../weight/low-rank.js';
import { constant, uniform } from './host.js';

/**
 * `A` uniform on ±1/√in, which is torch's `kaiming_uniform_(a=√5)`; `B` zero.
 * The update starts at 0 and only `B` has a gradient at the first step.
 */
export function zeroUpdate<C extends LowRankConfig>(): InitPart<C> {
  return {
    layer({ shape, config, random }) {
      return {
        tensors: {
          lora_A: uniform([shape.in, config.rank], 1 / Math.sqrt(shape.in), random),
          lora_B: constant([config.rank, shape.out], 0),
        },
      };
    },
  };
}
