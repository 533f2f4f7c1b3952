/**
 * @file Prefix tuning: keys and values that stand before those of the tokens are trained in every attention. Source: arXiv
 * 2101.00190; positions and first values as in Python peft.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import {
  defineMethod,
  type HostTensor,
  type SequenceContext,
  type SequencePart,
  type SequenceShape,
} from '../method.js';
import { constant, gaussian, uniform } from '../parts/init/host.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  virtualTokens: z.int().min(1).default(8).describe('Keys and values before those of the first token'),
  hidden: z
    .int()
    .min(0)
    .default(0)
    .describe('Units of a network with one hidden layer that makes the prefixes; 0: they are trained themselves'),
  start: z
    .enum(['random', 'zero'])
    .default('random')
    .describe('random: normals of deviation 1, or the network’s usual first values. zero: keys and values are zero'),
});
type Config = z.infer<typeof config>;
type Context = SequenceContext<Config>;

const sides = ['key', 'value'] as const;
type Side = (typeof sides)[number];

const prefixes: SequencePart<Config> = {
  length: ({ virtualTokens }) => virtualTokens,
  tensors(model, { virtualTokens, hidden }) {
    const shapes = hidden > 0 ? networkShapes(model, virtualTokens, hidden) : prefixShapes(model, virtualTokens);
    return Object.fromEntries(
      shapes.map(({ name, shape, attention }) => [name, { shape, trained: true, ...(attention && { attention }) }]),
    );
  },
  init({ model, config: { virtualTokens, hidden, start }, random }) {
    const shapes = hidden > 0 ? networkShapes(model, virtualTokens, hidden) : prefixShapes(model, virtualTokens);
    return Object.fromEntries(
      shapes.map(({ name, shape, attention, inputs }): [string, HostTensor] => {
        const stream = random.fork(name);
        const isZero = start === 'zero' && attention !== undefined;
        return [name, isZero ? constant(shape, 0) : drawn(shape, inputs, stream)];
      }),
    );
  },
  prefix(attention, context) {
    const rows = context.config.hidden > 0 ? throughNetwork(attention, context) : undefined;
    const side = (which: Side) => rows?.(which) ?? (context.tensors[`${attention}.${which}`] as Tensor2D);
    return { key: side('key'), value: side('value') };
  },
  activations: (_, { virtualTokens, hidden }) => virtualTokens * hidden,
  // The output of the network is stored, not the network.
  peft: {
    type: 'PREFIX_TUNING',
    heads: 'key',
    settings: { prefix_projection: false, encoder_hidden_size: null },
    config: ({ num_virtual_tokens, prefix_projection, encoder_hidden_size }) => ({
      virtualTokens: num_virtual_tokens,
      hidden: prefix_projection ? encoder_hidden_size : 0,
    }),
  },
};

interface Named {
  name: string;
  shape: number[];
  attention?: string;
  /** Inputs of the layer of the network that it belongs to; absent for an embedding. */
  inputs?: number;
}

/** `<attention>.key` and `<attention>.value`, `[virtualTokens, width]` each. */
function prefixShapes({ attentions }: SequenceShape, count: number): Named[] {
  return attentions.flatMap(({ path, width }) =>
    sides.map((side) => ({ name: `${path}.${side}`, shape: [count, width], attention: path })),
  );
}

/** `tanh(embedding·W + b)`, then for each attention and side `·W + b`. */
function networkShapes({ attentions }: SequenceShape, count: number, hidden: number): Named[] {
  const width = attentions[0]!.width;
  return [
    { name: 'embedding', shape: [count, width] },
    { name: 'hidden.kernel', shape: [width, hidden], inputs: width },
    { name: 'hidden.bias', shape: [hidden], inputs: width },
    ...attentions.flatMap(({ path, width }) =>
      sides.flatMap((side) => [
        { name: `${path}.${side}.kernel`, shape: [hidden, width], attention: path, inputs: hidden },
        { name: `${path}.${side}.bias`, shape: [width], attention: path, inputs: hidden },
      ]),
    ),
  ];
}

/** Draws as torch does: embeddings are standard normals, linear layers uniform on ±1/√inputs. */
function drawn(shape: number[], inputs: number | undefined, random: Random): HostTensor {
  return inputs === undefined ? gaussian(shape, 1, random) : uniform(shape, 1 / Math.sqrt(inputs), random);
}

function throughNetwork(attention: string, { tensors, products }: Context): (side: Side) => Tensor2D {
  const through = (x: Tensor2D, layer: string) =>
    tf.add(
      products.matMul(x, tensors[`${layer}.kernel`] as Tensor2D),
      tensors[`${layer}.bias`] as Tensor1D,
    ) as Tensor2D;
  const hidden = tf.tanh(through(tensors.embedding as Tensor2D, 'hidden'));
  return (side) => through(hidden, `${attention}.${side}`);
}

export const prefixTuning = defineMethod({
  name: 'prefix-tuning',
  title: 'Prefix tuning',
  paper: { title: 'Prefix-Tuning: Optimizing Continuous Prompts for Generation', arxiv: '2101.00190', year: 2021 },
  evidence: {
    level: 'partial',
    reason: 'The forward pass and the first values follow Python peft; the results of the paper were not checked',
  },
  summary: 'Trains keys and values before those of the text in every attention; nothing can be merged.',
  parameterFormula: '0 (+ 2·virtualTokens·layers·width once)',
  memoryFormula: '0 (+ 8·virtualTokens·layers·width once)',
  config,
  usesRank: false,
  startsAtBase: false,
  sequence: prefixes,
  learningRates: [3e-3, 1e-2, 3e-2],
});
