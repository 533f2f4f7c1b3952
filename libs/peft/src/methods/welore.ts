/**
 * @file WeLore: one threshold on normalized singular values says which kernels are low-rank; those are factorized and
 * trained, the others stay dense and frozen. Source: arXiv 2407.11239.
 */
import { z } from 'zod';
import { type AllocationPart, defineMethod, type LayerShape } from '../method.js';
import { identity } from '../parts/compression/metric.js';
import { normalizedRanks, savingRank } from '../parts/compression/ranks.js';
import { bestFactors } from '../parts/compression/two-factors.js';
import { twoFactors } from '../parts/weight/two-factors.js';
import { singularValues } from '../tensor/linalg.js';

const config = z.strictObject({
  reduction: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.6)
    .describe('Mean share of the singular values of a kernel that the threshold drops'),
  minDropped: z
    .number()
    .min(0)
    .lt(1)
    .default(0.4999)
    .describe('A kernel that loses no more than this share of its singular values stays dense and frozen'),
});
/** On a layer: with the rank that the allocation gave it. */
type Config = z.infer<typeof config> & { rank?: number };

const smallerSide = ({ in: inputs, out }: LayerShape) => Math.min(inputs, out);

/** Without an allocation the reduction is spread evenly, as far as two factors save anything. */
const rankOf = (layer: LayerShape, { rank, reduction }: Config): number =>
  rank ?? Math.max(1, Math.min(Math.round((1 - reduction) * smallerSide(layer)), savingRank(layer)));

const byThreshold: AllocationPart<Config> = {
  ranks(layers, { reduction, minDropped }) {
    const ranks = normalizedRanks(
      layers.map(({ kernel }) => singularValues(kernel)),
      reduction,
    );
    return ranks.map((rank, index) => {
      const { shape } = layers[index]!;
      const dropped = 1 - rank / smallerSide(shape);
      return dropped > minDropped && rank <= savingRank(shape) ? rank : 0;
    });
  },
};

export const welore = defineMethod({
  name: 'welore',
  title: 'WeLore',
  paper: {
    title: 'From GaLore to WeLore: How Low-Rank Weights Non-uniformly Emerge from Low-Rank Gradients',
    arxiv: '2407.11239',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'Algorithm as in the authors’ code; how the threshold is found for other models than those of its tables is not said there, here by bisection. A kernel whose factors would save nothing stays dense whatever the threshold',
  },
  purposes: ['compress'],
  paperClaims: [
    {
      text: 'LLaMA-2-7B at half size, only low-rank parts tuned, beats its full fine-tuning',
      source: 'arXiv 2407.11239, abstract',
      untold: 'Full fine-tuning of a compressed model starts from another base: the two are not on one board',
    },
  ],
  summary: 'Factorizes and trains the kernels that are low-rank already; the others stay dense and frozen.',
  parameterFormula: 'k·(in + out)',
  memoryFormula: '4·trained + rows·(in + k)',
  symbols: (layer, config) => ({ k: rankOf(layer, config) }),
  config,
  usesRank: false,
  startsAtBase: false,
  weight: twoFactors({ rank: rankOf }),
  init: bestFactors<Config>({ rank: rankOf, metric: () => identity }),
  allocate: byThreshold,
  learningRates: [1e-4, 3e-4, 1e-3],
});
