/** @file Truncated SVD: every kernel is replaced by the two factors that are nearest to it. Eckart and Young, 1936. */
import { z } from 'zod';
import { type AllocationPart, defineMethod } from '../method.js';
import { keptFields, keptRank } from '../parts/compression/kept.js';
import { keptFactors } from '../parts/compression/kept-factors.js';
import { identity } from '../parts/compression/metric.js';
import { energyRank, savingRank, thresholdRank } from '../parts/compression/ranks.js';
import { bestFactors } from '../parts/compression/two-factors.js';
import { singularValues } from '../tensor/linalg.js';

const config = z.strictObject({
  ...keptFields,
  rule: z
    .enum(['ratio', 'energy', 'threshold'])
    .default('ratio')
    .describe(
      'What decides the rank of a layer: the ratio, or its singular values by energy or threshold; where two factors would then save nothing the layer stays as it is',
    ),
  energy: z.number().gt(0).max(1).default(0.9).describe('Share of the sum of squares that the kept ones hold'),
  threshold: z.number().positive().default(1).describe('The least singular value that is kept'),
});
type Config = z.infer<typeof config>;

const bySpectrum: AllocationPart<Config> = {
  ranks: (layers, config) =>
    layers.map((layer) => {
      const { rule, energy, threshold, allowGrowth } = config;
      if (rule === 'ratio') return keptRank(layer.shape, config);
      const values = singularValues(layer.kernel);
      const rank = rule === 'energy' ? energyRank(values, energy) : thresholdRank(values, threshold);
      const most = allowGrowth ? values.length - 1 : savingRank(layer.shape);
      return rank <= most ? rank : 0;
    }),
};

export const svd = defineMethod({
  ...keptFactors,
  name: 'svd',
  title: 'Truncated SVD',
  paper: { title: 'The approximation of one matrix by another of lower rank', year: 1936 },
  evidence: { level: 'full' },
  summary: 'Replaces each kernel by two thin factors, the nearest of their rank, and may train them.',
  config,
  init: bestFactors<Config>({ rank: keptRank, metric: () => identity }),
  allocate: bySpectrum,
});
