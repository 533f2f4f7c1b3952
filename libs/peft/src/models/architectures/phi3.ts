/** @file Phi-3 and Phi-4 by their shapes: Llama with one layer for queries, keys and values, and one for gate and up. arXiv 2404.14219. */
import { z } from 'zod';
import type { Module } from '../architecture.js';
import { decoderFields, decoderModules, inBlock } from '../decoder.js';
import { residual, throughBlocks } from '../graph.js';
import { rmsNormModule } from '../modules.js';
import { angles, defineShapes, ofShapes } from '../shapes.js';

export const phi3Config = z
  .strictObject({
    architecture: z.literal('phi3'),
    ...decoderFields,
    /** Numbers of each head that are turned by its position. */
    turned: z.int().positive().multipleOf(2),
    /** The head is the token table. */
    tied: z.boolean(),
  })
  .refine((config) => config.heads % config.keyHeads === 0, {
    path: ['keyHeads'],
    error: 'heads must be divisible by keyHeads',
  });
type Phi3Config = z.infer<typeof phi3Config>;

export const phi3 = defineShapes<Phi3Config>({
  name: 'phi3',
  title: 'Phi-3: Llama with fused layers',
  config: phi3Config,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),
  modules: (config) => decoderModules(config, (index) => block(index, config)),

  hidden(graph, config) {
    const { layers, heads, keyHeads, headWidth, mlpWidth, normEpsilon } = config;
    const frequencies = angles(config.turned);
    const { parts } = ofShapes(graph);
    const widths = [heads, keyHeads, keyHeads].map((own) => own * headWidth);
    const x = throughBlocks(graph, graph.embed({ tokens: 'embedding.tokens' }), { layers }, (before, path) => {
      const between = residual(graph, before, (input) => {
        const normalized = graph.rmsNorm(`${path}.norm_1`, input, normEpsilon);
        const [query, key, value] = parts(graph.linear(`${path}.attention.qkv`, normalized), widths);
        const mixed = graph.attention({
          path: `${path}.attention`,
          query: graph.rotary(query!, frequencies),
          key: graph.rotary(key!, frequencies),
          value: value!,
          heads,
          keyHeads,
          mask: 'causal',
          // What is turned and what is not are put together to new queries.
          headsFirst: true,
        });
        return graph.linear(`${path}.attention.output`, mixed);
      });
      return residual(graph, between, (input) => {
        const normalized = graph.rmsNorm(`${path}.norm_2`, input, normEpsilon);
        const [gate, up] = parts(graph.linear(`${path}.mlp.gate_up`, normalized), [mlpWidth, mlpWidth]);
        return graph.linear(`${path}.mlp.down`, graph.siluGated(gate!, up!));
      });
    });
    return graph.rmsNorm('norm_final', x, normEpsilon);
  },

  vocabularyTable: ({ tied }) => (tied ? 'embedding.tokens' : 'vocabulary'),

  huggingFace: {
    modelTypes: ['phi3'],
    config(reader) {
      reader.require('hidden_act', ['silu', 'swish'], 'silu');
      const [width, heads] = [reader.count('hidden_size'), reader.count('num_attention_heads')];
      const headWidth = reader.count('head_dim', width / heads);
      const share = (reader.section('rope_parameters') ?? reader).number('partial_rotary_factor', 1);
      return {
        architecture: 'phi3',
        vocabularySize: reader.count('vocab_size'),
        contextLength: reader.count('max_position_embeddings', 4096),
        width,
        layers: reader.layers('num_hidden_layers'),
        heads,
        keyHeads: reader.count('num_key_value_heads', heads),
        headWidth,
        mlpWidth: reader.count('intermediate_size'),
        normEpsilon: reader.number('rms_norm_eps', 1e-5),
        turned: Math.trunc(headWidth * share),
        tied: reader.flag('tie_word_embeddings', false),
      };
    },
    dropout: (reader) => ({
      attention: reader.share('attention_dropout', 0),
      hidden: reader.share('resid_pdrop', 0),
      embedding: 0,
    }),
    targets: { query: ['qkv'], key: ['qkv'], value: ['qkv'], gate: ['gate_up'], up: ['gate_up'] },
    prefix: 'model.',
    ignored: [],
  },
});

function block(index: number, { width, heads, keyHeads, headWidth, mlpWidth }: Phi3Config): Module[] {
  const { path, module, linear } = inBlock(index);
  const bias = false;
  return [
    rmsNormModule(`${path}.norm_1`, width, `${module}.input_layernorm`),
    linear('attention', 'qkv', 'self_attn.qkv_proj', { in: width, out: (heads + 2 * keyHeads) * headWidth, bias }),
    linear('attention', 'output', 'self_attn.o_proj', {
      in: heads * headWidth,
      out: width,
      bias,
      role: 'output',
      heads,
    }),
    rmsNormModule(`${path}.norm_2`, width, `${module}.post_attention_layernorm`),
    linear('mlp', 'gate_up', 'mlp.gate_up_proj', { in: width, out: 2 * mlpWidth, bias }),
    linear('mlp', 'down', 'mlp.down_proj', { in: mlpWidth, out: width, bias, role: 'down' }),
  ];
}
