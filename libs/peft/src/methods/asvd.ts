/**
 * @file ASVD: truncated SVD of a kernel whose input channels are scaled by their magnitude, at one ratio or at ranks by how much
 * the loss minds each layer. Source: arXiv 2312.05821; how layers share the ratio is ours in detail.
 */
import { z } from 'zod';
import { type AllocationPart, defineMethod, type LayerShape, type Replacements } from '../method.js';
import { factorize } from '../parts/compression/factors.js';
import { keptFields, keptRank, notKept } from '../parts/compression/kept.js';
import { bestOnInputs, keptFactors } from '../parts/compression/kept-factors.js';
import { magnitudes } from '../parts/compression/metric.js';
import { ratioRank, sensitiveRanks } from '../parts/compression/ranks.js';
import { calibrationBatches } from '../parts/init/calibrated.js';

/** Ratios that each layer is tried at. */
const tried = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

const config = z.strictObject({
  ...keptFields,
  rule: z
    .enum(['ratio', 'sensitivity'])
    .default('ratio')
    .describe(
      `What decides the rank of a layer where none is given: the ratio alone, or what the loss says of it alone at ${tried[0]} to ${tried.at(-1)}, so that all layers together keep the ratio`,
    ),
  alpha: z.number().min(0).default(0.5).describe('Power of the mean magnitude that a channel counts by'),
  calibrationBatches: calibrationBatches(8),
});
type Config = z.infer<typeof config>;

const isSearched = ({ rule, rank }: Config): boolean => rule === 'sensitivity' && rank === undefined;

const replacements = ({ alpha }: Config): Replacements => ({
  ranks: (layer) => [...new Set(tried.map((ratio) => ratioRank(layer, ratio)))].filter((rank) => rank > 0),
  kernel({ kernel, inputs }, rank) {
    const { a, b } = factorize(kernel, rank, magnitudes(inputs, alpha));
    return a.mmul(b);
  },
});

const bySensitivity: AllocationPart<Config> = {
  ranks: (layers, config) =>
    isSearched(config)
      ? sensitiveRanks(
          layers.map(({ shape, calibration }) => ({ shape, losses: calibration!.losses! })),
          config.ratio,
        )
      : layers.map(({ shape }) => keptRank(shape, config)),
};

const onInputs = bestOnInputs<Config>((inputs, { alpha }) => magnitudes(inputs, alpha));

export const asvd = defineMethod({
  ...keptFactors,
  name: 'asvd',
  title: 'ASVD',
  paper: {
    title: 'ASVD: Activation-aware Singular Value Decomposition for Compressing Large Language Models',
    arxiv: '2312.05821',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason:
      'The search for ranks by sensitivity takes truncations in order of their loss until the ratio is met; it was not compared with a run of the authors’ search',
  },
  summary: 'Truncated SVD that minds the input channels with large activations.',
  config,
  ...onInputs,
  calibration: (config) => ({
    ...onInputs.calibration(config),
    ...(isSearched(config) && { replacements: replacements(config) }),
  }),
  allocate: bySensitivity,
  unfit: (layer: LayerShape, config: Config) =>
    isSearched(config) && config.ratio < tried[0]!
      ? `ratio: ${config.ratio} is below ${tried[0]}, the least that a layer is tried at by sensitivity`
      : notKept(layer, config),
});
