/** @file First values of a gated low-rank update. */
import type { InitPart } from '../../method.js';
import type { LowRankConfig } from '../weight/low-rank.js';
import { gaussian } from './host.js';
import { zeroUpdate } from './low-rank.js';

/** LoRA's factors, and gates of independent standard normals: the update starts at 0 and no rank is closed. */
export function openGates<C extends LowRankConfig>(gate: string): InitPart<C> {
  const factors = zeroUpdate<C>();
  return {
    layer(input) {
      const { tensors } = factors.layer(input);
      return { tensors: { ...tensors, [gate]: gaussian([input.config.rank], 1, input.random) } };
    },
  };
}
