/**
 * @file GPT-2: learned positions, norm before each half of a block, GELU (tanh), and a head tied to the token table.
 * Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
 */
import { z } from 'zod';
import { defineArchitecture, type Module } from '../architecture.js';
import { preNormBlocks } from '../graph.js';
import { layerNormModule, linearModule, tableModule } from '../modules.js';

export const gpt2Config = z
  .strictObject({
    architecture: z.literal('gpt2'),
    vocabularySize: z.int().positive(),
    contextLength: z.int().positive(),
    width: z.int().positive(),
    layers: z.int().positive(),
    heads: z.int().positive(),
    /** Default: `width / heads`; another one where heads were pruned. */
    headWidth: z.int().positive().optional(),
    mlpWidth: z.int().positive(),
    normEpsilon: z.number().positive(),
  })
  .refine((config) => config.width % config.heads === 0, {
    path: ['heads'],
    error: 'width must be divisible by heads',
  });
export type Gpt2Config = z.infer<typeof gpt2Config>;

const projections = ['query', 'key', 'value'] as const;

export const gpt2 = defineArchitecture<Gpt2Config>({
  name: 'gpt2',
  title: 'GPT-2: learned positions, pre-norm, GELU (tanh), tied head',
  scalesResidual: true,
  config: gpt2Config,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),

  modules(config) {
    const { vocabularySize, contextLength, width, layers } = config;
    return [
      tableModule('embedding.tokens', 'embedding', [vocabularySize, width], 'wte.weight'),
      tableModule('embedding.positions', 'position-embedding', [contextLength, width], 'wpe.weight'),
      ...Array.from({ length: layers }, (_, index) => block(index, config)).flat(),
      layerNormModule('norm_final', width, 'ln_f'),
    ];
  },

  hidden(graph, { layers, heads, normEpsilon }) {
    const x = graph.embed({ tokens: 'embedding.tokens', positions: 'embedding.positions' });
    const activation = (inner: typeof x) => graph.geluTanh(inner);
    return preNormBlocks(graph, x, { layers, heads, normEpsilon, mask: 'causal', activation });
  },

  pool: (graph, _, hidden) => graph.meanTokens(hidden),
  vocabularyTable: () => 'embedding.tokens',

  huggingFace: {
    modelTypes: ['gpt2'],
    config(reader) {
      reader.require('activation_function', ['gelu_new', 'gelu_pytorch_tanh'], 'gelu_new');
      reader.require('scale_attn_weights', [true], true);
      reader.require('scale_attn_by_inverse_layer_idx', [false], false);
      reader.require('add_cross_attention', [false], false);
      reader.require('tie_word_embeddings', [true], true);
      const width = reader.count('n_embd', 768);
      return {
        architecture: 'gpt2',
        vocabularySize: reader.count('vocab_size', 50257),
        contextLength: reader.count('n_positions', 1024),
        width,
        layers: reader.layers('n_layer', 12),
        heads: reader.count('n_head', 12),
        mlpWidth: reader.count('n_inner', 4 * width),
        normEpsilon: reader.number('layer_norm_epsilon', 1e-5),
      };
    },
    softmaxInModel: true,
    dropout: (reader) => ({
      attention: reader.share('attn_pdrop', 0.1),
      hidden: reader.share('resid_pdrop', 0.1),
      embedding: reader.share('embd_pdrop', 0.1),
    }),
    json: (config) => ({
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      vocab_size: config.vocabularySize,
      n_positions: config.contextLength,
      n_embd: config.width,
      n_layer: config.layers,
      n_head: config.heads,
      n_inner: config.mlpWidth,
      layer_norm_epsilon: config.normEpsilon,
      activation_function: 'gelu_new',
      tie_word_embeddings: true,
    }),
    prefix: 'transformer.',
    ignored: [/^h\.\d+\.attn\.(masked_)?bias$/, /^lm_head\.weight$/],
  },
});

function block(index: number, { width, heads, headWidth = width / heads, mlpWidth }: Gpt2Config): Module[] {
  const path = `blocks.${index}`;
  const source = (module: string) => ({ module: `h.${index}.${module}`, layout: 'conv1d' as const });
  return [
    layerNormModule(`${path}.norm_1`, width, `h.${index}.ln_1`),
    ...projections.map((name, part) =>
      linearModule({
        path: `${path}.attention.${name}`,
        name,
        shape: { in: width, out: heads * headWidth, bias: true, role: name, heads },
        source: { ...source('attn.c_attn'), part: { index: part, count: projections.length } },
      }),
    ),
    linearModule({
      path: `${path}.attention.output`,
      name: 'output',
      shape: { in: heads * headWidth, out: width, bias: true, role: 'output', heads },
      source: source('attn.c_proj'),
    }),
    layerNormModule(`${path}.norm_2`, width, `h.${index}.ln_2`),
    linearModule({
      path: `${path}.mlp.fc_in`,
      name: 'fc_in',
      shape: { in: width, out: mlpWidth, bias: true, role: 'up' },
      source: source('mlp.c_fc'),
    }),
    linearModule({
      path: `${path}.mlp.fc_out`,
      name: 'fc_out',
      shape: { in: mlpWidth, out: width, bias: true, role: 'down' },
      source: source('mlp.c_proj'),
    }),
  ];
}
