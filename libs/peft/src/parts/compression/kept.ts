/** @file The fields that say how much of a kernel its two factors keep, and the one check that they save anything. */
import { z } from 'zod';
import type { LayerShape } from '../../method.js';
import { ratioRank, savingRank } from './ranks.js';

export const keptFields = {
  ratio: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.5)
    .describe('Parameters of the two factors of a layer, as a share of those of its kernel'),
  rank: z.int().min(1).optional().describe('Rank of every layer, in place of the ratio'),
  allowGrowth: z.boolean().default(false).describe('Two factors may have more parameters than the kernel'),
};

export interface Kept {
  ratio: number;
  rank?: number | undefined;
  allowGrowth: boolean;
}

/** Rank of a layer's two factors. */
export const keptRank = (layer: LayerShape, { ratio, rank }: Omit<Kept, 'allowGrowth'>): number =>
  rank ?? ratioRank(layer, ratio);

/** Why a layer cannot be factorized as the configuration says; see `Method.unfit`. */
export function notKept(layer: LayerShape, config: Kept): string | undefined {
  const { in: inputs, out } = layer;
  const rank = keptRank(layer, config);
  const size = `${inputs}×${out}`;
  if (rank < 1) {
    const least = Math.ceil((1000 * (inputs + out)) / (inputs * out)) / 1000;
    return `ratio: ${config.ratio} leaves a ${size} kernel no rank; one takes ${least}`;
  }
  if (rank >= Math.min(inputs, out)) {
    return `rank: ${rank} is not below ${Math.min(inputs, out)}, the smaller side of a ${size} kernel`;
  }
  const saving = savingRank(layer);
  if (!config.allowGrowth && rank > saving) {
    return `rank: two factors of rank ${rank} have ${rank * (inputs + out)} parameters, a ${size} kernel ${inputs * out}; use ${saving} or less, or allowGrowth`;
  }
  return undefined;
}
