/**
 * @file EVA: LoRA whose A starts as the principal components of the layer's inputs, with ranks that follow the variance
 * they explain. Source: arXiv 2410.07170; ranks and scales as in Python peft. There the components come from an
 * incremental decomposition that stops when they settle; here from the exact moments of a fixed number of batches.
 */
import { z } from 'zod';
import { loraSettings } from '../export/lora.js';
import { type AllocationPart, defineMethod, type InitPart } from '../method.js';
import { calibrationBatches, rowsOf } from '../parts/init/calibrated.js';
import { constant, hostTensor } from '../parts/init/host.js';
import { largestShares } from '../parts/rank/largest-shares.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { principalComponents } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Mean rank of a layer'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  rho: z.number().min(1).default(2).describe('A layer has at most rho · rank; 1: every layer has the same rank'),
  whiten: z.boolean().default(false).describe('Divide each component by the root of its singular value'),
  sameScale: z
    .boolean()
    .default(true)
    .describe('Every layer has the scale alpha / rank, whatever rank it got; otherwise alpha over its own rank'),
  calibrationBatches: calibrationBatches(8),
});
type Config = z.infer<typeof config>;

/** The share of a layer's variance that a component explains, `σᵢ² / Σσ²`: the largest of all layers get a rank each. */
const byExplainedVariance: AllocationPart<Config> = {
  ranks(layers, { rank, rho }) {
    const shares = layers.map(({ shape, calibration }) => {
      const { scatter } = rowsOf(calibration);
      const most = Math.min(Math.round(rho * rank), shape.in);
      const total = scatter.trace();
      return principalComponents(scatter, most).variances.map((variance) => variance / total);
    });
    return largestShares(shares, rank * layers.length);
  },
  configure: (config, rank) => ({
    ...config,
    rank,
    alpha: config.sameScale ? (config.alpha * rank) / config.rank : config.alpha,
  }),
};

const principal: InitPart<Config> = {
  layer({ shape, config: { rank, whiten }, calibration }) {
    const { vectors, variances } = principalComponents(rowsOf(calibration).scatter, rank);
    if (whiten) {
      // σ = √variance, where the rows are not divided by their number.
      for (const [column, variance] of variances.entries())
        vectors.mulColumn(column, 1 / Math.sqrt(Math.sqrt(variance)));
    }
    return { tensors: { lora_A: hostTensor(vectors), lora_B: constant([rank, shape.out], 0) } };
  },
};

export const eva = defineMethod({
  name: 'eva',
  title: 'EVA',
  paper: {
    title: 'One Initialization to Rule them All: Fine-tuning via Explained Variance Adaptation',
    arxiv: '2410.07170',
    year: 2024,
  },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'GLUE average of RoBERTa-large 89.6; LoRA 89.3',
      source: 'arXiv 2410.07170',
      compare: { scale: { parameters: 355e6 }, method: 'lora', measure: 'score', size: { points: 0.3 } },
    },
    {
      text: 'GLUE average of RoBERTa-large 89.6; PiSSA 88.9',
      source: 'arXiv 2410.07170',
      compare: { scale: { parameters: 355e6 }, method: 'pissa', measure: 'score', size: { points: 0.7 } },
    },
  ],
  summary:
    'LoRA that starts from the principal components of the layers’ inputs and spends its ranks where they vary most.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  maxRank: (layer) => layer.in,
  startsAtBase: true,
  weight: lowRank(({ alpha, rank }: Config) => alpha / rank),
  init: principal,
  calibration: ({ calibrationBatches }) => ({ statistic: 'inputs', batches: calibrationBatches }),
  allocate: byExplainedVariance,
  learningRates: [3e-4, 1e-3, 3e-3],
  peftConfig: {
    type: 'LORA',
    settings: ({ rank, alpha }) => ({ ...loraSettings({ r: rank, alpha }), init_lora_weights: 'eva' }),
    config: ({ r, lora_alpha, eva_config }) => {
      const { rho, whiten, adjust_scaling_factors } = (eva_config ?? {}) as Record<string, unknown>;
      return { rank: r, alpha: lora_alpha, rho, whiten, sameScale: adjust_scaling_factors };
    },
    // Which tokens are calibrated on, and when peft's decomposition has settled, stand there too.
    trainingOnly: ['lora_dropout', 'eva_config'],
  },
});
