/**
 * @file ASVD: truncated SVD of a kernel whose input channels are scaled by their magnitude. Source: arXiv 2312.05821. Ranks
 * follow the ratio alone: the search of the paper, which scores each layer at six ratios, is left out.
 */
import { z } from 'zod';
import { defineMethod } from '../method.js';
import { keptFields } from '../parts/compression/kept.js';
import { bestOnInputs, keptFactors } from '../parts/compression/kept-factors.js';
import { magnitudes } from '../parts/compression/metric.js';
import { calibrationBatches } from '../parts/init/calibrated.js';

const config = z.strictObject({
  ...keptFields,
  alpha: z.number().min(0).default(0.5).describe('Power of the mean magnitude that a channel counts by'),
  calibrationBatches: calibrationBatches(8),
});
type Config = z.infer<typeof config>;

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
    reason: 'Every layer keeps the same ratio: the search for ranks by the sensitivity of each layer is left out',
  },
  summary: 'Truncated SVD that minds the input channels with large activations.',
  config,
  ...bestOnInputs<Config>((inputs, { alpha }) => magnitudes(inputs, alpha)),
});
