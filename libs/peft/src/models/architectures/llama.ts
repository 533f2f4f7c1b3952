/**
 * @file The Llama family (also Mistral without a sliding window, Qwen2 and Qwen3): rotary positions, grouped-query attention,
 * root-mean-square norms and SwiGLU. arXiv 2302.13971, 2307.09288, 2407.21783, 2505.09388.
 */
import { z } from 'zod';
import { foundOnce } from '../../found-once.js';
import { defineArchitecture, type Module } from '../architecture.js';
import type { ConfigReader } from '../config-reader.js';
import { attentionHalf, attentionModules, decoderFields, decoderModules, inBlock } from '../decoder.js';
import { residual, throughBlocks } from '../graph.js';
import { rmsNormModule } from '../modules.js';
import { readRotary, rotaryConfig, rotaryFrequencies, rotaryParameters, writeEarlierRotary } from '../rotary.js';

export const llamaConfig = z
  .strictObject({
    architecture: z.literal('llama'),
    ...decoderFields,
    rotary: rotaryConfig,
    /** Which linear layers have a bias. */
    biases: z.strictObject({ projections: z.boolean(), output: z.boolean(), mlp: z.boolean() }),
    /** Every head of queries and of keys is normalized, as Qwen3 does. */
    headNorms: z.boolean().default(false),
    /** The head is the token table. */
    tied: z.boolean(),
  })
  .refine((config) => config.heads % config.keyHeads === 0, {
    path: ['keyHeads'],
    error: 'heads must be divisible by keyHeads',
  })
  .refine(({ biases, headNorms }) => !headNorms || (biases.projections === biases.output && !biases.mlp), {
    path: ['headNorms'],
    error: 'a model with norms of heads has biases in all of its attention or in none, and none elsewhere',
  })
  .refine(({ biases }) => biases.projections || !biases.output, {
    path: ['biases', 'output'],
    error: 'no model of the family has a bias of the output alone',
  });
export type LlamaConfig = z.infer<typeof llamaConfig>;

const modelTypes = ['llama', 'mistral', 'qwen2', 'qwen3'] as const;
const classNames = { llama: 'LlamaForCausalLM', qwen2: 'Qwen2ForCausalLM', qwen3: 'Qwen3ForCausalLM' };

const frequenciesOf = foundOnce(({ rotary, headWidth }: LlamaConfig) => rotaryFrequencies(rotary, headWidth));

export const llama = defineArchitecture<LlamaConfig>({
  name: 'llama',
  title: 'Llama: rotary positions, grouped-query attention, RMS norm, SwiGLU',
  config: llamaConfig,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),

  modules: (config) => decoderModules(config, (index) => block(index, config)),

  hidden(graph, config) {
    const { layers, heads, keyHeads, normEpsilon, headNorms } = config;
    const frequencies = frequenciesOf(config);
    const headNorm = headNorms ? normEpsilon : undefined;
    const x = throughBlocks(graph, graph.embed({ tokens: 'embedding.tokens' }), { layers }, (before, path) => {
      const between = residual(graph, before, (input) => {
        const normalized = graph.rmsNorm(`${path}.norm_1`, input, normEpsilon);
        return attentionHalf(graph, path, normalized, { heads, keyHeads, frequencies, headNorm });
      });
      return residual(graph, between, (input) => {
        const inner = graph.scope(() => {
          const normalized = graph.rmsNorm(`${path}.norm_2`, input, normEpsilon);
          const gate = graph.linear(`${path}.mlp.gate`, normalized);
          return graph.siluGated(gate, graph.linear(`${path}.mlp.up`, normalized));
        });
        return graph.linear(`${path}.mlp.down`, inner);
      });
    });
    const final = graph.rmsNorm('norm_final', x, normEpsilon);
    graph.release(x);
    return final;
  },

  pool: (graph, _, hidden) => graph.meanTokens(hidden),
  vocabularyTable: ({ tied }) => (tied ? 'embedding.tokens' : 'vocabulary'),

  huggingFace: {
    modelTypes,
    config(reader) {
      const type = reader.require('model_type', modelTypes);
      reader.require('hidden_act', ['silu', 'swish'], 'silu');
      const [width, heads] = [reader.count('hidden_size'), reader.count('num_attention_heads')];
      const attentionBias = (type === 'llama' || type === 'qwen3') && reader.flag('attention_bias', false);
      return {
        architecture: 'llama',
        vocabularySize: reader.count('vocab_size'),
        contextLength: contextOf(reader),
        width,
        layers: reader.layers('num_hidden_layers'),
        heads,
        keyHeads: reader.count('num_key_value_heads', heads),
        headWidth: reader.count('head_dim', type === 'qwen3' ? 128 : width / heads),
        mlpWidth: reader.count('intermediate_size'),
        normEpsilon: reader.number('rms_norm_eps', 1e-6),
        rotary: readRotary(reader, 10_000),
        biases: {
          projections: attentionBias || type === 'qwen2',
          output: attentionBias,
          mlp: type === 'llama' && reader.flag('mlp_bias', false),
        },
        headNorms: type === 'qwen3',
        tied: reader.flag('tie_word_embeddings', false),
      };
    },
    dropout: (reader) => ({ attention: reader.share('attention_dropout', 0), hidden: 0, embedding: 0 }),
    json(config) {
      const { biases } = config;
      const isQwen2 = biases.projections && !biases.output;
      const type = config.headNorms ? 'qwen3' : isQwen2 ? 'qwen2' : 'llama';
      return {
        architectures: [classNames[type]],
        model_type: type,
        vocab_size: config.vocabularySize,
        max_position_embeddings: config.contextLength,
        hidden_size: config.width,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        num_key_value_heads: config.keyHeads,
        head_dim: config.headWidth,
        intermediate_size: config.mlpWidth,
        hidden_act: 'silu',
        rms_norm_eps: config.normEpsilon,
        ...writeEarlierRotary(config.rotary),
        rope_parameters: rotaryParameters(config.rotary),
        ...(type !== 'llama' && { use_sliding_window: false }),
        ...(type !== 'qwen2' && { attention_bias: biases.output }),
        ...(type === 'llama' && { mlp_bias: biases.mlp }),
        tie_word_embeddings: config.tied,
      };
    },
    servesLora: true,
    prefix: 'model.',
    ignored: [/\.rotary_emb\.inv_freq$/, /^lm_head\.weight$/],
  },
});

/** Longest sequence: within a sliding window attention is full, and longer sequences are not taken. */
function contextOf(reader: ConfigReader): number {
  const length = reader.count('max_position_embeddings', 2048);
  // Mistral has no such flag; Qwen's is off unless it is set.
  const usually = reader.require('model_type', modelTypes) === 'mistral';
  return reader.flag('use_sliding_window', usually) ? Math.min(length, reader.count('sliding_window', length)) : length;
}

function block(index: number, config: LlamaConfig): Module[] {
  const { width, mlpWidth, biases } = config;
  const { path, module, linear } = inBlock(index);
  const inner = { in: width, out: mlpWidth, bias: biases.mlp };
  return [
    rmsNormModule(`${path}.norm_1`, width, `${module}.input_layernorm`),
    ...attentionModules(index, config),
    rmsNormModule(`${path}.norm_2`, width, `${module}.post_attention_layernorm`),
    linear('mlp', 'gate', 'mlp.gate_proj', { ...inner, role: 'gate' }),
    linear('mlp', 'up', 'mlp.up_proj', { ...inner, role: 'up' }),
    linear('mlp', 'down', 'mlp.down_proj', { in: mlpWidth, out: width, bias: biases.mlp, role: 'down' }),
  ];
}
