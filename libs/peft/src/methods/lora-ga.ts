/**
 * @file LoRA-GA: LoRA whose factors start as singular vectors of the gradient of the full weight, so that its first step
 * is near to one of full fine-tuning. Source: arXiv 2407.05000.
 * The authors' code and Python peft differ in what the scales apply to; `variant` chooses.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type InitPart } from '../method.js';
import { calibrationBatches, gradientOf } from '../parts/init/calibrated.js';
import { hostTensor, matrixOf } from '../parts/init/host.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { truncatedSvd } from '../tensor/linalg.js';
import type { Random } from '../tensor/random.js';
import { shuffled } from '../tensor/shuffled.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update; twice as many singular vectors are needed'),
  alpha: z
    .number()
    .positive()
    .default(16)
    .describe("The product is multiplied by alpha / rank; the paper's for T5 at rank 8"),
  variant: z
    .enum(['official', 'peft'])
    .default('official')
    .describe(
      'official: singular vectors alone, both factors scaled. peft: B carries the singular values and the scale',
    ),
  direction: z
    .enum(['ArB2r', 'A2rBr', 'ArBr', 'random'])
    .default('ArB2r')
    .describe('Which of the 2r leading singular vectors go to A and to B: first and second half, or every other one'),
  scale: z
    .enum(['stable', 'gd', 'unit', 'weight-svd'])
    .default('stable')
    .describe('stable: by out^(1/4) / √gamma. gd: by rank / alpha. weight-svd: by singular values of the base weight'),
  gamma: z.number().positive().default(16).describe('Of the stable scale: larger starts smaller'),
  calibrationBatches: calibrationBatches(8),
});
type Config = z.infer<typeof config>;

const scaling = ({ rank, alpha }: Config) => alpha / rank;

/** `G ≈ U·Σ·Vᵀ`, `G [in, out]` the mean gradient: `A` from columns of U, `B` from rows of Vᵀ, the base keeps `W − s·A·B`. */
const fromGradient: InitPart<Config> = {
  leavesResidual: true,
  layer({ kernel, config, random, calibration }) {
    const { rank, direction } = config;
    const { left, values, right } = truncatedSvd(gradientOf(calibration), 2 * rank);
    const chosen = indices(config, direction, random);
    const a = left.subMatrixColumn(chosen.a);
    const b = right.subMatrixColumn(chosen.b).transpose();
    scale({ a, b, singular: chosen.b.map((index) => values[index]!), kernel, config });
    const first = { lora_A: hostTensor(a), lora_B: hostTensor(b) };
    return { tensors: first, kernel: residual({ kernel, first, config }) };
  },
  kernelFrom: residual,
};

function residual({ kernel, first, config }: Parameters<NonNullable<InitPart<Config>['kernelFrom']>>[0]): Matrix {
  const update = matrixOf(first.lora_A!).mmul(matrixOf(first.lora_B!));
  return Matrix.sub(kernel, update.mul(scaling(config)));
}

function indices({ rank, variant }: Config, direction: Config['direction'], random: Random) {
  const first = Array.from({ length: rank }, (_, index) => index);
  const second = first.map((index) => rank + index);
  switch (direction) {
    case 'ArB2r':
      return { a: first, b: second };
    case 'A2rBr':
      return { a: second, b: first };
    case 'ArBr':
      return { a: first.map((index) => 2 * index + 1), b: first.map((index) => 2 * index) };
    case 'random': {
      const order = Array.from(shuffled(2 * rank, random));
      const a = order.slice(0, rank);
      return { a, b: variant === 'peft' ? a : order.slice(rank) };
    }
  }
}

/** Scales the factors in place. `singular`: the singular values that belong to the rows of B. */
function scale({
  a,
  b,
  singular,
  kernel,
  config,
}: {
  a: Matrix;
  b: Matrix;
  singular: number[];
  kernel: Matrix;
  config: Config;
}) {
  const { rank, variant, scale, gamma } = config;
  const both = variant === 'official' ? [a, b] : [b];
  if (variant === 'peft') for (const [row, value] of singular.entries()) b.mulRow(row, value);
  if (scale === 'stable') for (const factor of both) factor.mul(b.columns ** 0.25 / Math.sqrt(gamma));
  if (scale === 'gd') for (const factor of [a, b]) factor.div(scaling(config));
  if (scale === 'weight-svd') {
    const weights = truncatedSvd(kernel, variant === 'official' ? rank : 1).values;
    const mean = weights.reduce((sum, value) => sum + Math.sqrt(value / scaling(config)), 0) / weights.length;
    for (const factor of both) factor.mul(variant === 'official' ? mean : weights[0]! / singular[0]!);
  }
}

export const loraGa = defineMethod({
  name: 'lora-ga',
  title: 'LoRA-GA',
  paper: { title: 'LoRA-GA: Low-Rank Adaptation with Gradient Approximation', arxiv: '2407.05000', year: 2024 },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'T5-base, five tasks of GLUE at rank 8: 87.77; LoRA 82.08',
      source: 'table 1 of LoRA-MGPO',
      compare: { scale: { parameters: 220e6 }, method: 'lora', measure: 'score', size: { points: 5.69 } },
    },
  ],
  summary: 'LoRA that starts from singular vectors of the first full-weight gradient; needs a pass over some batches.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.floor(Math.min(layer.in, layer.out) / 2),
  startsAtBase: true,
  weight: lowRank(scaling),
  init: fromGradient,
  calibration: ({ calibrationBatches }) => ({ statistic: 'gradient', batches: calibrationBatches }),
  learningRates: [1e-4, 3e-4, 1e-3],
});
