/**
 * @file ReLoRA: a LoRA that is merged into its kernel and begun anew several times, so that updates of low rank add up to
 * one of higher rank. Source: arXiv 2307.05695; which share of the state is forgotten and how the learning rate rises again
 * as in the authors' code. That one draws for each moment by itself which entries it forgets; here both moments of an entry go
 * or stay together.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type InitPart, type RankPart, type SteppedLayer } from '../method.js';
import { hostTensor, uniform } from '../parts/init/host.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { besidesTargetedKernels } from '../parts/trained-base.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { onOwnKernel, ownKernel } from '../parts/weight/own-kernel.js';
import { toDevice } from '../tensor/host.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of one update, below both sides of every layer'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  restarts: z.int().min(1).default(3).describe('Merges, spread evenly over the steps; a run has more steps than these'),
  rewarm: z
    .number()
    .min(0)
    .lt(1)
    .default(0.02)
    .describe('Share of the steps between merges over which the learning rate rises again'),
  forget: z
    .number()
    .min(0)
    .max(1)
    .default(0.999)
    .describe('Share of the optimizer state of the factors that a merge begins anew'),
});
type Config = z.infer<typeof config>;

const scale = ({ alpha, rank }: Config) => alpha / rank;

/** Merges of a run, which is over after its last step: at most one after every other step. */
const mergesIn = (totalSteps: number, { restarts }: Config) => Math.max(0, Math.min(restarts, totalSteps - 1));

/** Steps that end with a merge, ascending: as far apart as whole steps can be. */
function mergeSteps(totalSteps: number, config: Config): number[] {
  const merges = mergesIn(totalSteps, config);
  return Array.from({ length: merges }, (_, index) => Math.round(((index + 1) * totalSteps) / (merges + 1)));
}

const first = zeroUpdate<Config>();
const onItsKernel: InitPart<Config> = {
  layer(input) {
    const { tensors } = first.layer(input);
    return { tensors: { ...tensors, [ownKernel]: hostTensor(input.kernel) } };
  },
};

/** `W ← W + s·A·B`, A drawn again and B = 0: the function stays. */
const mergeAndRestart: RankPart<Config> = {
  init: () => ({}),
  pace(step, totalSteps, config) {
    const steps = mergeSteps(totalSteps, config);
    const last = steps.findLast((merge) => merge < step);
    if (last === undefined) return 1;
    const [since, rising] = [step - 1 - last, Math.ceil((config.rewarm * totalSteps) / (steps.length + 1))];
    return since < rising ? (since + 1) / (rising + 1) : 1;
  },
  async after({ step, totalSteps, layers, config, state, random, products: { matMul } }) {
    if (!mergeSteps(totalSteps, config).includes(step)) return { state };
    const share = { lora_A: config.forget, lora_B: config.forget };
    const merged = ({ path, shape, tensors }: SteppedLayer) => {
      const { lora_A, lora_B, [ownKernel]: kernel } = tensors as Record<string, Tensor2D>;
      const stream = random.fork(`restart/${path}`);
      return {
        [ownKernel]: tf.tidy(() => tf.add(kernel!, tf.mul(matMul(lora_A!, lora_B!), scale(config)))),
        lora_A: toDevice(uniform([shape.in, config.rank], 1 / Math.sqrt(shape.in), stream)),
        lora_B: tf.zerosLike(lora_B!),
      };
    };
    async function* inTurn() {
      for (const layer of layers) yield [layer.path, merged(layer)] as const;
    }
    return { state, replaced: inTurn(), forgotten: new Map(layers.map(({ path }) => [path, share])) };
  },
  memory(layers, { rank }) {
    // One layer at a time holds the next kernel, the product and the scaled product, and factors.
    const sizes = layers.map(({ shape }) => 3 * shape.in * shape.out + rank * (shape.in + shape.out));
    return { state: 0, workspace: Math.max(...sizes) };
  },
};

export const relora = defineMethod({
  name: 'relora',
  title: 'ReLoRA',
  purposes: ['pretrain'],
  paper: { title: 'ReLoRA: High-Rank Training Through Low-Rank Updates', arxiv: '2307.05695', year: 2023 },
  evidence: { level: 'full' },
  paperClaims: [
    {
      text: 'C4, LLaMA of 60 M: perplexity 37.04; factors alone 78.18',
      source: 'arXiv 2403.03507, table 2',
      compare: {
        scale: { parameters: 60e6 },
        method: 'lowrank-pretrain',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 37.04 / 78.18 },
      },
    },
    {
      text: 'C4, LLaMA of 130 M: perplexity 29.37; LoRA 33.92 (of 60 M: 37.04; 34.99)',
      source: 'arXiv 2403.03507, table 2',
      compare: {
        scale: { parameters: 130e6 },
        method: 'lora-pretrain',
        measure: 'score',
        kind: 'pretrain',
        size: { ratio: 29.37 / 33.92 },
      },
    },
  ],
  summary: 'Merges a low-rank update into its kernel and begins another, several times: their sum has a higher rank.',
  parameterFormula: 'r·(in + out) + out',
  memoryFormula: '4·trained + in·out + rows·(in + r) + r·out + 1',
  config,
  // One draw forgets all moments of an entry, and merges are as many as it says, since the second.
  numbers: () => 2,
  usesRank: true,
  unfired(config, steps) {
    const { restarts } = config;
    const merges = mergesIn(steps, config);
    return merges < restarts ? [`merges ${merges} times in ${steps} steps, not ${restarts} times (restarts)`] : [];
  },
  maxRank: (layer) => Math.min(layer.in, layer.out) - 1,
  startsAtBase: true,
  trainsBase: besidesTargetedKernels,
  weight: onOwnKernel(lowRank<Config>(scale)),
  init: onItsKernel,
  rank: mergeAndRestart,
  learningRates: [1e-3, 3e-3, 1e-2],
});
