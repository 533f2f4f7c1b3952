/**
 * @file Mixtral and Qwen3-MoE by their shapes: Llama's blocks, whose feed-forward half is one of many experts for each token.
 * arXiv 2401.04088, 2505.09388.
 */
import { z } from 'zod';
import type { Module } from '../architecture.js';
import { attentionHalf, attentionModules, decoderFields, decoderModules, inBlock } from '../decoder.js';
import { residual, throughBlocks } from '../graph.js';
import { rmsNormModule, stackModule } from '../modules.js';
import { angles, defineShapes, ofShapes } from '../shapes.js';

export const llamaMoeConfig = z
  .strictObject({
    architecture: z.literal('llama-moe'),
    ...decoderFields,
    biases: z.strictObject({ projections: z.boolean(), output: z.boolean() }),
    /** Every head of queries and of keys is normalized, as Qwen3-MoE does. */
    headNorms: z.boolean(),
    /** The head is the token table. */
    tied: z.boolean(),
    experts: z.strictObject({
      count: z.int().positive(),
      /** Experts of each token. */
      chosen: z.int().positive(),
      /** Units of an expert. */
      width: z.int().positive(),
      /** Weights of a token's experts are made to add up to 1. */
      normalized: z.boolean(),
      /** Weights stay float32. Otherwise they have the type of the model. */
      weighsInFloat32: z.boolean(),
    }),
    /** Indices of blocks without experts. */
    dense: z.array(z.int().nonnegative()),
  })
  .refine((config) => config.heads % config.keyHeads === 0, {
    path: ['keyHeads'],
    error: 'heads must be divisible by keyHeads',
  })
  .refine(({ experts }) => experts.chosen <= experts.count, {
    path: ['experts', 'chosen'],
    error: 'a token has no more experts than there are',
  });
type LlamaMoeConfig = z.infer<typeof llamaMoeConfig>;

const modelTypes = ['mixtral', 'qwen3_moe'] as const;

export const llamaMoe = defineShapes<LlamaMoeConfig>({
  name: 'llama-moe',
  title: 'Mixtral and Qwen3-MoE: Llama with experts',
  config: llamaMoeConfig,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),
  modules: (config) => decoderModules(config, (index) => block(index, config)),

  hidden(graph, config) {
    const { layers, heads, keyHeads, normEpsilon, headNorms, experts } = config;
    const frequencies = angles(config.headWidth);
    const headNorm = headNorms ? normEpsilon : undefined;
    const x = throughBlocks(graph, graph.embed({ tokens: 'embedding.tokens' }), { layers }, (before, path, index) => {
      const between = residual(graph, before, (input) => {
        const normalized = graph.rmsNorm(`${path}.norm_1`, input, normEpsilon);
        return attentionHalf(graph, path, normalized, { heads, keyHeads, frequencies, headNorm });
      });
      return residual(graph, between, (input) => {
        const normalized = graph.rmsNorm(`${path}.norm_2`, input, normEpsilon);
        if (!config.dense.includes(index)) return ofShapes(graph).experts(`${path}.mlp`, normalized, experts);
        const gate = graph.linear(`${path}.mlp.gate`, normalized);
        return graph.linear(`${path}.mlp.down`, graph.siluGated(gate, graph.linear(`${path}.mlp.up`, normalized)));
      });
    });
    return graph.rmsNorm('norm_final', x, normEpsilon);
  },

  vocabularyTable: ({ tied }) => (tied ? 'embedding.tokens' : 'vocabulary'),

  huggingFace: {
    modelTypes,
    config(reader) {
      const isQwen = reader.require('model_type', modelTypes) === 'qwen3_moe';
      reader.require('hidden_act', ['silu', 'swish'], 'silu');
      const [width, heads, layers] = [
        reader.count('hidden_size'),
        reader.count('num_attention_heads'),
        reader.layers('num_hidden_layers'),
      ];
      const biased = isQwen && reader.flag('attention_bias', false);
      const mlpWidth = reader.count('intermediate_size');
      return {
        architecture: 'llama-moe',
        vocabularySize: reader.count('vocab_size'),
        contextLength: reader.count('max_position_embeddings', isQwen ? 32_768 : 131_072),
        width,
        layers,
        heads,
        keyHeads: reader.count('num_key_value_heads', isQwen ? 4 : 8),
        headWidth: reader.count('head_dim', width / heads),
        mlpWidth,
        normEpsilon: reader.number('rms_norm_eps', isQwen ? 1e-6 : 1e-5),
        biases: { projections: biased, output: biased },
        headNorms: isQwen,
        tied: reader.flag('tie_word_embeddings', false),
        experts: {
          count: reader.count(reader.has('num_experts') ? 'num_experts' : 'num_local_experts', isQwen ? 128 : 8),
          chosen: reader.count('num_experts_per_tok', isQwen ? 8 : 2),
          width: isQwen ? reader.count('moe_intermediate_size', 768) : mlpWidth,
          normalized: !isQwen || reader.flag('norm_topk_prob', false),
          weighsInFloat32: !isQwen,
        },
        dense: isQwen ? denseOf(reader.count('decoder_sparse_step', 1), reader.wholes('mlp_only_layers'), layers) : [],
      };
    },
    dropout: (reader) => ({ attention: reader.share('attention_dropout', 0), hidden: 0, embedding: 0 }),
    // peft puts them on the fused kernels, whatever a dense block calls its own.
    targets: {
      w1: ['experts_gate_up'],
      w3: ['experts_gate_up'],
      w2: ['experts_down'],
      gate_proj: ['experts_gate_up'],
      up_proj: ['experts_gate_up'],
      gate_up_proj: ['experts_gate_up'],
      down_proj: ['experts_down'],
    },
    prefix: 'model.',
    ignored: [],
  },
});

/** Every so-many-th block has experts, but for those that are listed. */
const denseOf = (step: number, listed: readonly number[], layers: number): number[] =>
  Array.from({ length: layers }, (_, index) => index).filter(
    (index) => listed.includes(index) || (index + 1) % step !== 0,
  );

function block(index: number, config: LlamaMoeConfig): Module[] {
  const { width, mlpWidth, experts, dense } = config;
  const { path, module, linear } = inBlock(index);
  const inner = { in: width, out: mlpWidth, bias: false };
  const stack = { count: experts.count, fused: 1 };
  const half = dense.includes(index)
    ? [
        linear('mlp', 'gate', 'mlp.gate_proj', { ...inner, role: 'gate' }),
        linear('mlp', 'up', 'mlp.up_proj', { ...inner, role: 'up' }),
        linear('mlp', 'down', 'mlp.down_proj', { in: mlpWidth, out: width, bias: false, role: 'down' }),
      ]
    : [
        stackModule(`${path}.mlp.experts_gate_up`, `${module}.mlp.experts.gate_up_proj`, {
          ...{ in: width, out: 2 * experts.width, stack: { ...stack, fused: 2 } },
        }),
        stackModule(`${path}.mlp.experts_down`, `${module}.mlp.experts.down_proj`, {
          ...{ in: experts.width, out: width, stack },
        }),
        stackModule(`${path}.mlp.router`, `${module}.mlp.gate.weight`, {
          ...{ in: width, out: experts.count, stack: { count: 1, fused: 1 } },
        }),
      ];
  return [
    rmsNormModule(`${path}.norm_1`, width, `${module}.input_layernorm`),
    ...attentionModules(index, config),
    rmsNormModule(`${path}.norm_2`, width, `${module}.post_attention_layernorm`),
    ...half,
  ];
}
