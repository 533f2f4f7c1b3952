/**
 * @file LoRA-SB: LoRA-XS whose frozen factors and core are the best low-rank approximation of what the first step of full
 * fine-tuning would do. Sources: arXiv 2411.19557, algorithm 1; the learning rate of that step: the authors' code.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type FirstStep, type InitPart } from '../method.js';
import { calibrationBatches, gradientOf } from '../parts/init/calibrated.js';
import { hostTensor } from '../parts/init/host.js';
import { core, scaledCore } from '../parts/weight/core.js';
import { truncatedSvd } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Size r of the trained core'),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe('The update is multiplied by alpha / rank. Default: the rank, as in the authors’ code'),
  calibrationBatches: calibrationBatches(8),
  warmUp: z
    .number()
    .positive()
    .max(1)
    .default(0.02)
    .describe(
      "Share of the steps over which a warm-up is assumed where the trial has none: the first values are those of a warm-up's first step (the authors' scripts: 0.02, and 0.06 for GLUE)",
    ),
});
type Config = z.infer<typeof config>;

/** Learning rate of the first step of a warm-up: that of the trial's own, or of one over the share that the field says. */
function warmUpRate({ learningRate, steps, warmupSteps }: FirstStep, { warmUp }: Config): number {
  return warmupSteps > 0 ? learningRate : learningRate / Math.max(1, warmUp * steps);
}

const scale = ({ rank, alpha = rank }: Config) => alpha / rank;

/**
 * `D = −η·sign(G)`, G the gradient over the batches and η the first learning rate of a warm-up, is a first step of AdamW on
 * the full weight. `D ≈ U·Σ·Vᵀ` to rank r: `A = U`, `R = Σ / s`, `B = Vᵀ`, and the base keeps all of W.
 */
const firstStep: InitPart<Config> = {
  layer({ config, calibration }) {
    const gradient = gradientOf(calibration);
    const step = gradient.clone().sign().mul(-warmUpRate(calibration!.firstStep, config));
    const { left, values, right } = truncatedSvd(step, config.rank);
    return {
      tensors: {
        lora_A: hostTensor(left),
        lora_R: hostTensor(Matrix.diag(values).div(scale(config))),
        lora_B: hostTensor(right.transpose()),
      },
    };
  },
};

export const loraSb = defineMethod({
  name: 'lora-sb',
  title: 'LoRA-SB',
  paper: {
    title: 'Initialization using Update Approximation is a Silver Bullet for Extremely Efficient Low-Rank Fine-Tuning',
    arxiv: '2411.19557',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason: "The first values follow the authors' code and the paper; the paper's results were not checked",
  },
  paperClaims: [
    {
      text: 'Exceeds LoRA with 27 to 90 times fewer trained parameters: the score',
      source: 'arXiv 2411.19557, abstract',
      compare: { method: 'lora', measure: 'score' },
    },
    {
      text: 'Exceeds LoRA with 27 to 90 times fewer trained parameters: the parameters',
      source: 'arXiv 2411.19557, abstract',
      compare: { method: 'lora', measure: 'trained', size: { ratio: 1 / 27 } },
    },
    {
      text: 'Beats LoRA-XS on mathematics, commonsense and GLUE',
      source: 'arXiv 2411.19557, abstract',
      compare: { method: 'lora-xs', measure: 'score' },
    },
  ],
  summary: 'Trains r² numbers per layer between frozen factors of the first step that full fine-tuning would take.',
  parameterFormula: 'r²',
  memoryFormula: '4·trained + r·(in + out) + rows·r + r² + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: false,
  weight: core({ middle: scaledCore(scale) }),
  init: firstStep,
  calibration: ({ calibrationBatches }) => ({ statistic: 'gradient', batches: calibrationBatches }),
  learningRates: [1e-3, 3e-3, 1e-2],
});
