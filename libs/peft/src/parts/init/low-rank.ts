/** @file First values of low-rank factors that leave the base model unchanged. */
import type { HostTensor, InitPart } from '../../method.js';
import type { Random } from '../../tensor/random.js';
import type { LowRankConfig } from '../weight/low-rank.js';

/** A tensor whose entries are drawn independently. */
export function sampled(shape: number[], draw: () => number): HostTensor {
  const values = Float32Array.from({ length: shape.reduce((size, dimension) => size * dimension, 1) }, draw);
  return { shape, values };
}

/** All entries equal. */
export function constant(shape: number[], value: number): HostTensor {
  return sampled(shape, () => value);
}

/** Uniform on ±1/√fanIn: what torch's `kaiming_uniform_(a=√5)` gives a linear layer. */
export function kaimingUniform(shape: number[], fanIn: number, random: Random): HostTensor {
  const bound = 1 / Math.sqrt(fanIn);
  return sampled(shape, () => (2 * random.uniform() - 1) * bound);
}

/** `A` Kaiming-uniform over the input, `B` zero: the update starts at 0 and only `B` has a gradient at the first step. */
export function zeroUpdate<C extends LowRankConfig>(): InitPart<C> {
  return {
    layer: ({ shape, config, random }) => ({
      tensors: {
        lora_A: kaimingUniform([shape.in, config.rank], shape.in, random),
        lora_B: constant([config.rank, shape.out], 0),
      },
    }),
  };
}
