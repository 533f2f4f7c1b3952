/**
 * @file PELA: a model of factorized kernels that is trained before it is fine-tuned, held near to the original one by what its
 * blocks put out and by its weights. Source: arXiv 2310.10700; both penalties as in the authors' code.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type LayerShape, type PenaltyPart } from '../method.js';
import { keptFields, keptRank } from '../parts/compression/kept.js';
import { keptFactors } from '../parts/compression/kept-factors.js';
import { identity } from '../parts/compression/metric.js';
import { bestFactors } from '../parts/compression/two-factors.js';
import { hostTensor } from '../parts/init/host.js';
import { twoFactors } from '../parts/weight/two-factors.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  ...keptFields,
  distillation: z
    .number()
    .min(0)
    .default(1)
    .describe(
      'Weight of the distance between what blocks put out and what those of the original model do; 0 leaves it out',
    ),
  penalty: z.number().positive().default(1).describe('Weight of the penalty on entries that leave those of the kernel'),
  epsilon: z.number().min(0).default(1e-3).describe('The largest deviation that every kernel is drawn to'),
});
type Config = z.infer<typeof config>;

const kernelSize = (layer: LayerShape) => layer.in * layer.out;

/** `λ · mean over layers of (max |A·B − W| − ε)²`: a deviation below ε is penalized too. */
const deviation: PenaltyPart<Config> = {
  penalty(layers, { penalty, epsilon }, { matMul }) {
    // A product lives no longer than its own term.
    const squares = layers.map((tensors) =>
      tf.tidy(() => {
        const { factor_A, factor_B, pela_kernel } = tensors as Record<string, Tensor2D>;
        const most = tf.max(tf.abs(tf.sub(matMul(factor_A!, factor_B!), pela_kernel!)));
        return tf.square(tf.sub(most, epsilon)) as Tensor;
      }),
    );
    // Not `addN`: WebGPU binds at most 8 operands.
    const sum = squares.reduce((total, next) => tf.add(total, next));
    return tf.mul(sum, penalty / layers.length) as Scalar;
  },
  // Every layer keeps the difference, its magnitudes, the largest of them and its distance; the last, whose backward pass comes
  // first, keeps four matrices of its size in place of the magnitudes.
  activations: (layers) =>
    layers.reduce((sum, layer) => sum + 2 * kernelSize(layer) + 2, 0) +
    3 * Math.max(0, ...layers.slice(-1).map(kernelSize)),
};

export const pela = defineMethod({
  ...keptFactors,
  name: 'pela',
  title: 'PELA',
  paper: {
    title: 'PELA: Learning Parameter-Efficient Models with Low-Rank Approximation',
    arxiv: '2310.10700',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason:
      'All of its losses are here. The authors train what stays dense too, norms, biases and embeddings, which is frozen here, and skip some layers by name, which here is left to the targets. The distance of logits in their code, to which no script of theirs gives a weight, is not there',
  },
  paperClaims: [
    {
      text: 'About 0.6 points lost with a third to two thirds fewer parameters',
      source: 'arXiv 2310.10700, abstract',
      untold: 'A board of compressions has no row of the model as it was',
    },
  ],
  summary:
    'Truncated SVD whose factors are trained while blocks put out what they did and no entry of a kernel may move far.',
  memoryFormula: '4·trained + in·out + rows·(in + k)',
  config,
  weight: twoFactors<Config>({
    rank: keptRank,
    layersAlone: true,
    besides: (layer) => ({ pela_kernel: { shape: [layer.in, layer.out], trained: false, scope: 'layer' } }),
  }),
  init: bestFactors<Config>({
    rank: keptRank,
    metric: () => identity,
    besides: ({ kernel }) => ({ pela_kernel: hostTensor(kernel) }),
  }),
  featurePenalty: {
    weight: ({ distillation }) => distillation,
    original: ({ pela_kernel }) => pela_kernel as Tensor2D,
  },
  penalty: deviation,
  stored: (layer, config) => ({ parameters: keptRank(layer, config) * (layer.in + layer.out) }),
});
