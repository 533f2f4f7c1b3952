/** @file The first Gemma by its shapes: Llama with GeGLU, scaled embeddings and Gemma's norms. arXiv 2403.08295. */
import { z } from 'zod';
import type { Module } from '../architecture.js';
import { attentionHalf, attentionModules, decoderFields, decoderModules, inBlock } from '../decoder.js';
import { residual, throughBlocks } from '../graph.js';
import { rmsNormModule } from '../modules.js';
import { angles, defineShapes } from '../shapes.js';

export const gemma1Config = z
  .strictObject({
    architecture: z.literal('gemma-1'),
    ...decoderFields,
    /** Projections of the attention have biases. */
    biased: z.boolean(),
  })
  .refine((config) => config.heads % config.keyHeads === 0, {
    path: ['keyHeads'],
    error: 'heads must be divisible by keyHeads',
  });
type Gemma1Config = z.infer<typeof gemma1Config>;

/** Files hold the gain of a norm less 1. */
const stored = { lessBy: 1 };

export const gemma1 = defineShapes<Gemma1Config>({
  name: 'gemma-1',
  title: 'Gemma 1: Llama with GeGLU and scaled embeddings',
  config: gemma1Config,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),
  modules: (config) => decoderModules({ ...config, tied: true }, (index) => block(index, config), stored),

  hidden(graph, config) {
    const { layers, heads, keyHeads, normEpsilon, width } = config;
    const turning = { heads, keyHeads, frequencies: angles(config.headWidth), headNorm: undefined };
    const first = graph.embed({ tokens: 'embedding.tokens', scale: Math.sqrt(width) });
    const x = throughBlocks(graph, first, { layers }, (before, path) => {
      const between = residual(graph, before, (input) =>
        attentionHalf(graph, path, graph.rmsNorm(`${path}.norm_1`, input, normEpsilon), turning),
      );
      return residual(graph, between, (input) => {
        const normalized = graph.rmsNorm(`${path}.norm_2`, input, normEpsilon);
        const gate = graph.linear(`${path}.mlp.gate`, normalized);
        return graph.linear(`${path}.mlp.down`, graph.geluTanhGated(gate, graph.linear(`${path}.mlp.up`, normalized)));
      });
    });
    return graph.rmsNorm('norm_final', x, normEpsilon);
  },

  vocabularyTable: () => 'embedding.tokens',

  huggingFace: {
    modelTypes: ['gemma'],
    config(reader) {
      reader.require('tie_word_embeddings', [true], true);
      return {
        architecture: 'gemma-1',
        vocabularySize: reader.count('vocab_size'),
        contextLength: reader.count('max_position_embeddings', 8192),
        width: reader.count('hidden_size'),
        layers: reader.layers('num_hidden_layers'),
        heads: reader.count('num_attention_heads'),
        keyHeads: reader.count('num_key_value_heads', 16),
        headWidth: reader.count('head_dim', 256),
        mlpWidth: reader.count('intermediate_size'),
        normEpsilon: reader.number('rms_norm_eps', 1e-6),
        biased: reader.flag('attention_bias', false),
      };
    },
    dropout: (reader) => ({ attention: reader.share('attention_dropout', 0), hidden: 0, embedding: 0 }),
    gainsInFloat32: true,
    prefix: 'model.',
    ignored: [],
  },
});

function block(index: number, config: Gemma1Config): Module[] {
  const { width, mlpWidth, biased } = config;
  const { path, module, linear } = inBlock(index);
  const inner = { in: width, out: mlpWidth, bias: false };
  return [
    rmsNormModule(`${path}.norm_1`, width, `${module}.input_layernorm`, stored),
    ...attentionModules(index, { ...config, biases: { projections: biased, output: biased }, headNorms: false }),
    rmsNormModule(`${path}.norm_2`, width, `${module}.post_attention_layernorm`, stored),
    linear('mlp', 'gate', 'mlp.gate_proj', { ...inner, role: 'gate' }),
    linear('mlp', 'up', 'mlp.up_proj', { ...inner, role: 'up' }),
    linear('mlp', 'down', 'mlp.down_proj', { in: mlpWidth, out: width, bias: false, role: 'down' }),
  ];
}
