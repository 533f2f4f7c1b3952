/** @file LaMDA++: LaMDA with ranks that follow the spectrum of each weight under one budget. Source: arXiv 2406.12832. */
import { z } from 'zod';
import { type AllocationPart, defineMethod } from '../method.js';
import { coreFactors } from '../parts/init/core.js';
import { freezeRows } from '../parts/rank/freeze-rows.js';
import { largestShares } from '../parts/rank/largest-shares.js';
import { core, scaledCore } from '../parts/weight/core.js';
import { singularValues } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Mean rank of a layer'),
  scale: z.number().positive().default(1).describe('The update is multiplied by this'),
  start: z
    .enum(['random', 'spectral'])
    .default('random')
    .describe('random: no update at the start. spectral: the leading singular triplets of the weight, taken out of it'),
  freeze: z.number().gt(0).max(1).default(0.3).describe('Share of the steps over which the rows of B are frozen'),
});
type Config = z.infer<typeof config>;

const scale = ({ scale }: Config) => scale;

/**
 * Every layer has a first rank; the others go to the singular values that hold most of the energy of their weight,
 * `σᵢ² / Σσ²`, over all layers.
 */
const bySpectrum: AllocationPart<Config> = {
  ranks(layers, { rank }) {
    const shares = layers.map(({ kernel }) => {
      const energies = singularValues(kernel).map((value) => value ** 2);
      const total = energies.reduce((sum, energy) => sum + energy, 0);
      return energies.map((energy) => energy / total);
    });
    return largestShares(shares, rank * layers.length, 1);
  },
};

export const lamdaPp = defineMethod({
  name: 'lamda-pp',
  title: 'LaMDA++',
  paper: {
    title: 'LaMDA: Large Model Fine-Tuning via Spectrally Decomposed Low-Dimensional Adaptation',
    arxiv: '2406.12832',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'The paper’s allocation is not in the authors’ code and its formula is not known: here the ranks go to the singular values with the largest share of the energy of their weight. The spectral start and the linear freezing are ours as well, see LaMDA',
  },
  summary: 'LaMDA whose ranks are larger where the weight has more large singular values.',
  parameterFormula: 'r² + r·out',
  memoryFormula: '4·trained + r·in + 2·rows·r + r² + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: core({ middle: scaledCore(scale), trainsB: true }),
  init: coreFactors<Config>({ spectral: ({ start }) => start === 'spectral', scale }),
  allocate: bySpectrum,
  rank: freezeRows<Config>({ tensor: 'lora_B', share: ({ freeze }) => freeze }),
  learningRates: [1e-3, 3e-3, 1e-2],
});
