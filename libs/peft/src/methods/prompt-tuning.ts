/**
 * @file Prompt tuning: embeddings of virtual tokens that stand before the tokens of every example are trained, and nothing
 * else. Source: arXiv 2104.08691; positions and first values as in Python peft.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type HostTensor, type SequencePart } from '../method.js';
import { gaussian } from '../parts/init/host.js';
import type { Random } from '../tensor/random.js';

const config = z.strictObject({
  virtualTokens: z.int().min(1).default(8).describe('Virtual tokens before the first token of every example'),
  start: z
    .enum(['vocabulary', 'random'])
    .default('vocabulary')
    .describe('vocabulary: embeddings of tokens drawn from the vocabulary. random: normals of deviation 1'),
});
type Config = z.infer<typeof config>;

const prompt: SequencePart<Config> = {
  length: ({ virtualTokens }) => virtualTokens,
  tensors: ({ width }, { virtualTokens }) => ({ prompt_embeddings: { shape: [virtualTokens, width], trained: true } }),
  init({ model, config: { virtualTokens, start }, random, embeddings, embeddingScale }) {
    const made =
      start === 'random'
        ? gaussian([virtualTokens, model.width], 1, random)
        : sampledRows(embeddings, { count: virtualTokens, scale: embeddingScale }, random);
    return { prompt_embeddings: made };
  },
  embeddings: ({ tensors }) => tensors.prompt_embeddings as Tensor2D,
  peft: {
    type: 'PROMPT_TUNING',
    heads: 'query',
    settings: { prompt_tuning_init: 'RANDOM' },
    config: ({ num_virtual_tokens, prompt_tuning_init = 'RANDOM' }) => ({
      virtualTokens: num_virtual_tokens,
      start: { RANDOM: 'random', SAMPLE_VOCAB: 'vocabulary' }[String(prompt_tuning_init)],
    }),
  },
};

/** Rows of a table times `scale`, drawn with replacement. */
function sampledRows(
  { shape, values }: HostTensor,
  { count, scale }: { count: number; scale: number },
  random: Random,
): HostTensor {
  const [height, width] = shape as [number, number];
  const rows = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const from = random.integer(height) * width;
    rows.set(values.subarray(from, from + width), row * width);
  }
  return { shape: [count, width], values: scale === 1 ? rows : rows.map((value) => value * scale) };
}

export const promptTuning = defineMethod({
  name: 'prompt-tuning',
  title: 'Prompt tuning',
  paper: {
    title: 'The Power of Scale for Parameter-Efficient Prompt Tuning',
    arxiv: '2104.08691',
    year: 2021,
  },
  evidence: {
    level: 'partial',
    reason: 'The forward pass and the first values follow Python peft; the results of the paper were not checked',
  },
  summary: 'Trains a few virtual tokens before the text; sequences get longer, and nothing can be merged.',
  parameterFormula: '0 (+ virtualTokens·width once)',
  memoryFormula: '0 (+ 4·virtualTokens·width once)',
  config,
  usesRank: false,
  startsAtBase: false,
  sequence: prompt,
  learningRates: [1e-2, 3e-2, 1e-1],
});
