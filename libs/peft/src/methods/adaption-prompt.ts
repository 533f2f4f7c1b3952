/**
 * @file LLaMA-Adapter: rows beside the tokens are trained in the upper attentions, and a gate that starts at zero lets in what they give.
 * Source: arXiv 2303.16199; as Python peft has it on Llama, where it is called adaption prompt.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineMethod, type SequencePart, type SequenceShape } from '../method.js';
import { constant, gaussian } from '../parts/init/host.js';

const config = z.strictObject({
  rows: z.int().min(1).default(10).describe('Trained rows beside the tokens of an attention'),
  layers: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Attentions that have such rows, counted from the last. Default: all; the paper leaves out the first two',
    ),
});
type Config = z.infer<typeof config>;

const countOf = ({ attentions }: SequenceShape, { layers = attentions.length }: Config) => layers;

/** Attentions with rows, in model order. */
const adapted = (model: SequenceShape, config: Config) => model.attentions.slice(-countOf(model, config));

const promptOf = (attention: string) => `${attention}.adaption_prompt`;
const gateOf = (attention: string) => `${attention}.adaption_gate`;

/** `attention(q, K, V) + gate · softmax(q·(P·Wk)ᵀ/√d)·(P·Wv)`, `P [rows, width]`, before the output layer. */
const gatedRows: SequencePart<Config> = {
  length: () => 0,
  unfit(model, config) {
    const [count, all] = [countOf(model, config), model.attentions.length];
    return count <= all ? undefined : `layers: ${count} is above the ${all} attentions of the model`;
  },
  tensors: (model, config) =>
    Object.fromEntries(
      adapted(model, config).flatMap(({ path: attention }) => [
        [promptOf(attention), { shape: [config.rows, model.width], trained: true, attention }],
        [gateOf(attention), { shape: [1], trained: true, attention }],
      ]),
    ),
  init: ({ model, config, random }) =>
    Object.fromEntries(
      adapted(model, config).flatMap(({ path }) => [
        [promptOf(path), gaussian([config.rows, model.width], 1, random.fork(path))],
        [gateOf(path), constant([1], 0)],
      ]),
    ),
  beside: {
    rows: ({ rows }) => rows,
    of(attention, { tensors }) {
      const [rows, gate] = [tensors[promptOf(attention)], tensors[gateOf(attention)]];
      return rows && gate && { rows: rows as Tensor2D, gate: gate as Tensor1D };
    },
  },
  peft: {
    type: 'ADAPTION_PROMPT',
    inBaseType: true,
    // Python peft adds what the rows give behind the output layer of GPT-2's attention, and here it is before.
    modelTypes: ['llama'],
    settings: (config, model) => ({ adapter_len: config.rows, adapter_layers: countOf(model, config) }),
    config: ({ adapter_len, adapter_layers }) => ({ rows: adapter_len, layers: adapter_layers }),
    tensors: {
      adaption_prompt: {
        write: ({ shape, values }) => ({ shape: [1, ...shape], values }),
        read: ({ shape, values }) => ({ shape: shape.slice(1), values }),
      },
      adaption_gate: { write: (gate) => gate, read: (gate) => gate },
    },
  },
};

export const adaptionPrompt = defineMethod({
  name: 'adaption-prompt',
  title: 'LLaMA-Adapter',
  paper: {
    title: 'LLaMA-Adapter: Efficient Fine-tuning of Language Models with Zero-init Attention',
    arxiv: '2303.16199',
    year: 2023,
  },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it on Llama, and alike on other bases; images as prompts are left out; the equations were not read, and no published result was checked',
  },
  summary:
    'Trains rows that the attentions read beside the text, behind a gate that starts shut; nothing can be merged.',
  parameterFormula: '0 (+ layers·(rows·width + 1) once)',
  memoryFormula: '0 (+ 4·layers·(rows·width + 1) once)',
  config,
  usesRank: false,
  startsAtBase: true,
  sequence: gatedRows,
  learningRates: [3e-3, 1e-2, 3e-2],
});
