/**
 * @file TRP, trained rank pruning: whole kernels are trained, and every few steps cut to the singular values that hold most
 * of their energy; in the step after, the nuclear norm is pulled down too. Source: arXiv 1812.02402; period and energy as in
 * the authors' code.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type RankPart, type SteppedLayer } from '../method.js';
import { hostTensor } from '../parts/init/host.js';
import { read } from '../parts/rank/read.js';
import { toDevice } from '../tensor/host.js';
import { truncatedSvd } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  energy: z
    .number()
    .gt(0)
    .lte(1)
    .default(0.9)
    .describe('Share of the sum of squared singular values that a cut keeps at least'),
  period: z.int().min(1).default(5).describe('Steps between two cuts'),
  nuclear: z.number().min(0).default(3e-4).describe('Weight of the nuclear norm in the step after a cut'),
});
type Config = z.infer<typeof config>;

/** Decomposes a kernel in float64. */
async function decomposed({ kernel, shape }: SteppedLayer) {
  const values = await read(() => kernel.clone());
  return truncatedSvd(Matrix.from1DArray(shape.in, shape.out, values), Math.min(shape.in, shape.out));
}

/** The fewest leading singular values whose squares are `energy` of the sum of all. At least one. */
function keptRank(values: readonly number[], energy: number): number {
  const total = values.reduce((sum, value) => sum + value ** 2, 0);
  let kept = 0;
  const rank = values.findIndex((value) => {
    kept += value ** 2;
    return kept >= energy * total;
  });
  // Sums in another order may miss the whole by a rounding.
  return rank < 0 ? values.length : rank + 1;
}

/** `U·diag(weights)·Vᵀ` of the leading triplets. */
function composed({ left, right }: { left: Matrix; right: Matrix }, weights: readonly number[]): Tensor2D {
  if (weights.length === 0) return tf.zeros([left.rows, right.rows]);
  const last = weights.length - 1;
  const columns = (of: Matrix) => of.subMatrix(0, of.rows - 1, 0, last);
  const product = columns(left)
    .mmul(Matrix.diag([...weights]))
    .mmul(columns(right).transpose());
  return toDevice(hostTensor(product)) as Tensor2D;
}

/** Singular values above float32's resolution of the largest: what a cut has left of a kernel. */
const present = (values: readonly number[]) => values.filter((value) => value > 1e-6 * values[0]!);

const cutting: RankPart<Config> = {
  readsKernel: true,
  init: () => ({}),
  async before({ step, layers, config, state }) {
    if (config.nuclear === 0 || step === 1 || (step - 1) % config.period !== 0) return { state };
    const added = new Map<string, { kernel: Tensor2D }>();
    for (const layer of layers) {
      const svd = await decomposed(layer);
      added.set(layer.path, {
        kernel: composed(
          svd,
          present(svd.values).map(() => config.nuclear),
        ),
      });
    }
    return { state, added };
  },
  async after({ step, layers, config, state }) {
    if (step % config.period !== 0) return { state };
    const replaced = new Map<string, { kernel: Tensor2D }>();
    const ranks: Record<string, number> = {};
    for (const layer of layers) {
      const svd = await decomposed(layer);
      const rank = keptRank(svd.values, config.energy);
      ranks[layer.path] = rank;
      replaced.set(layer.path, { kernel: composed(svd, svd.values.slice(0, rank)) });
    }
    return { state, replaced, ranks };
  },
  // Next kernels, or terms of gradients, of all layers, and a sum.
  memory(layers) {
    const sizes = layers.map(({ shape }) => shape.in * shape.out);
    return { state: 0, workspace: sizes.reduce((sum, size) => sum + size, Math.max(...sizes)) };
  },
};

export const trp = defineMethod({
  name: 'trp',
  title: 'TRP',
  purposes: ['finetune', 'pretrain'],
  paper: { title: 'Trained Rank Pruning for Efficient Deep Neural Networks', arxiv: '1812.02402', year: 2018 },
  evidence: {
    level: 'partial',
    reason:
      "Follows the authors' code, for linear layers and with any optimizer; the paper's period and energy were not read",
  },
  paperClaims: [
    {
      text: 'CIFAR-10, ResNet-20: 91.74 whole; 90.50 with 2.17 times fewer operations, 90.62 with 2.84 times fewer',
      source: 'github.com/yuhuixu1993/Trained-Rank-Pruning, README',
      untold: 'Convolutional networks: none is among the architectures here',
    },
  ],
  summary:
    'Trains every weight and cuts kernels to low rank again and again, so that little is lost when they are factored.',
  parameterFormula: 'in·out + out',
  memoryFormula: '3·trained + rows·in',
  config,
  clocks: { period: { action: 'cuts its ranks', at: 'after' } },
  usesRank: false,
  startsAtBase: true,
  trainsBase: () => true,
  rank: cutting,
  learningRates: [1e-4, 3e-4, 1e-3],
});
