/**
 * @file P-tuning: virtual tokens before those of every example, whose embeddings a small network makes. Source: arXiv 2103.10385;
 * the network is the one of three layers that Python peft has by default.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type HostTensor, type SequenceContext, type SequencePart } from '../method.js';
import { gaussian, uniform } from '../parts/init/host.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  virtualTokens: z.int().min(1).default(8).describe('Virtual tokens before the first token of every example'),
  hidden: z
    .int()
    .min(1)
    .default(128)
    .describe('Units of each of the two hidden layers; the usual number in Python peft is the width of the model'),
});
type Config = z.infer<typeof config>;

/** Inputs and outputs of the layers of the network. */
const layersOf = (width: number, { hidden }: Config): Record<string, [inputs: number, outputs: number]> => ({
  first: [width, hidden],
  second: [hidden, hidden],
  last: [hidden, width],
});

function encoded({ tensors, products }: SequenceContext<Config>): Tensor2D {
  const through = (x: Tensor2D, layer: string) =>
    tf.add(
      products.matMul(x, tensors[`${layer}.kernel`] as Tensor2D),
      tensors[`${layer}.bias`] as Tensor1D,
    ) as Tensor2D;
  const first = tf.relu(through(tensors.embedding as Tensor2D, 'first'));
  return through(tf.relu(through(first, 'second')), 'last');
}

const encodedPrompt: SequencePart<Config> = {
  length: ({ virtualTokens }) => virtualTokens,
  tensors: ({ width }, config) => ({
    embedding: { shape: [config.virtualTokens, width], trained: true },
    ...Object.fromEntries(
      Object.entries(layersOf(width, config)).flatMap(([name, [inputs, outputs]]) => [
        [`${name}.kernel`, { shape: [inputs, outputs], trained: true }],
        [`${name}.bias`, { shape: [outputs], trained: true }],
      ]),
    ),
  }),
  // As torch draws them: embeddings are standard normals, linear layers uniform on ±1/√inputs.
  init({ model: { width }, config, random }) {
    const layers = Object.entries(layersOf(width, config)).flatMap(([name, [inputs, outputs]]) => {
      const bound = 1 / Math.sqrt(inputs);
      return [
        [`${name}.kernel`, uniform([inputs, outputs], bound, random.fork(`${name}.kernel`))],
        [`${name}.bias`, uniform([outputs], bound, random.fork(`${name}.bias`))],
      ] as [string, HostTensor][];
    });
    const embedding = gaussian([config.virtualTokens, width], 1, random.fork('embedding'));
    return { embedding, ...Object.fromEntries(layers) };
  },
  embeddings: encoded,
  // Of both hidden layers what goes into the rectifier, and what comes out.
  activations: (_, { virtualTokens, hidden }) => 4 * virtualTokens * hidden,
  // The output of the network is stored, not the network.
  peft: {
    type: 'P_TUNING',
    heads: 'query',
    settings: {
      encoder_reparameterization_type: 'MLP',
      encoder_hidden_size: null,
      encoder_num_layers: 2,
      encoder_dropout: 0,
    },
    expects: { encoder_reparameterization_type: 'MLP' },
    config: ({ num_virtual_tokens, encoder_hidden_size, token_dim }) => ({
      virtualTokens: num_virtual_tokens,
      hidden: encoder_hidden_size ?? token_dim,
    }),
  },
};

export const pTuning = defineMethod({
  name: 'p-tuning',
  title: 'P-tuning',
  paper: { title: 'GPT Understands, Too', arxiv: '2103.10385', year: 2021 },
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it with a perceptron in place of the paper’s LSTM; no published result was checked',
  },
  summary: 'Trains virtual tokens before the text through a small network that makes their embeddings.',
  parameterFormula: '0 (+ virtualTokens·width + 2·width·hidden + hidden² + 2·hidden + width once)',
  memoryFormula:
    '0 (+ 4·(virtualTokens·width + 2·width·hidden + hidden² + 2·hidden + width) + 4·virtualTokens·hidden once)',
  config,
  usesRank: false,
  startsAtBase: false,
  sequence: encodedPrompt,
  learningRates: [3e-4, 1e-3, 3e-3],
});
