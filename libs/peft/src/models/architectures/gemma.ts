/**
 * @file Gemma 2 and the text model of Gemma 3: norms before and after each half of a block, GeGLU, scaled embeddings, and
 * layers that see the last tokens alone between layers that see all. Gemma 2 bends scores and logits, Gemma 3 normalizes heads.
 * arXiv 2408.00118, 2503.19786.
 */
import { z } from 'zod';
import { foundOnce } from '../../found-once.js';
import type { LayerShape } from '../../method.js';
import { defineArchitecture, type Module } from '../architecture.js';
import { ModelConfigError } from '../config-error.js';
import type { ConfigReader } from '../config-reader.js';
import { decoderFields } from '../decoder.js';
import { residual, throughBlocks, turnedHeads } from '../graph.js';
import { linearModule, rmsNormModule, tableModule } from '../modules.js';
import {
  type RotaryConfig,
  readRotary,
  readScaling,
  rotaryConfig,
  rotaryFrequencies,
  rotaryParameters,
  writeEarlierRotary,
} from '../rotary.js';

const cap = z.number().positive().nullable();

const embeddingScale = ({ width }: { width: number }) => Math.sqrt(width);

export const gemmaConfig = z
  .strictObject({
    architecture: z.literal('gemma'),
    ...decoderFields,
    /** Scores are divided by its root. */
    scoreWidth: z.number().positive(),
    /** Every so-many-th layer sees all tokens before its own; the others see the last `window`. */
    globalEvery: z.int().positive(),
    window: z.int().positive(),
    /** Positions in layers that see all tokens, and in the others. */
    rotary: rotaryConfig,
    localRotary: rotaryConfig,
    /** Every head of queries and of keys is normalized. */
    headNorms: z.boolean(),
    /** Scores and logits are bent so that none is larger; null: they are not. */
    caps: z.strictObject({ scores: cap, logits: cap }),
  })
  .refine((config) => config.heads % config.keyHeads === 0, {
    path: ['keyHeads'],
    error: 'heads must be divisible by keyHeads',
  });
export type GemmaConfig = z.infer<typeof gemmaConfig>;

const modelTypes = ['gemma2', 'gemma3_text'] as const;
const layerKinds = { local: 'sliding_attention', global: 'full_attention' };

const frequenciesOf = foundOnce(({ localRotary, rotary, headWidth }: GemmaConfig) => ({
  local: rotaryFrequencies(localRotary, headWidth),
  global: rotaryFrequencies(rotary, headWidth),
}));

export const gemma = defineArchitecture<GemmaConfig>({
  name: 'gemma',
  title: 'Gemma 2 and 3: local and global attention, norms around each half of a block, GeGLU',
  config: gemmaConfig,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),

  modules(config) {
    const { vocabularySize, width, layers } = config;
    return [
      tableModule('embedding.tokens', 'embedding', [vocabularySize, width], 'embed_tokens.weight'),
      ...Array.from({ length: layers }, (_, index) => block(index, config)).flat(),
      rmsNormModule('norm_final', width, 'norm', { lessBy: 1 }),
    ];
  },

  embeddingScale,

  hidden(graph, config) {
    const { layers, heads, keyHeads, normEpsilon, headNorms, window, scoreWidth, caps } = config;
    const frequencies = frequenciesOf(config);
    const first = graph.embed({ tokens: 'embedding.tokens', scale: embeddingScale(config) });
    const blocks = { layers, kindOf: (index: number) => kindOf(index, config) };
    const x = throughBlocks(graph, first, blocks, (before, path, index) => {
      const kind = kindOf(index, config);
      const between = residual(graph, before, (input) =>
        graph.scope(() => {
          const mixed = graph.scope(() => {
            const normalized = graph.rmsNorm(`${path}.norm_1`, input, normEpsilon);
            const turning = { frequencies: frequencies[kind], epsilon: headNorms ? normEpsilon : undefined };
            const query = turnedHeads(graph, normalized, { path: `${path}.attention.query`, ...turning });
            const key = turnedHeads(graph, normalized, { path: `${path}.attention.key`, ...turning });
            const value = graph.linear(`${path}.attention.value`, normalized);
            return graph.attention({
              path: `${path}.attention`,
              query,
              key,
              value,
              heads,
              keyHeads,
              mask: 'causal',
              window: kind === 'local' ? window : undefined,
              scale: scoreWidth ** -0.5,
              softCap: caps.scores ?? undefined,
            });
          });
          return graph.rmsNorm(`${path}.norm_2`, graph.linear(`${path}.attention.output`, mixed), normEpsilon);
        }),
      );
      return residual(graph, between, (input) =>
        graph.scope(() => {
          const inner = graph.scope(() => {
            const normalized = graph.rmsNorm(`${path}.norm_3`, input, normEpsilon);
            const gate = graph.linear(`${path}.mlp.gate`, normalized);
            return graph.geluTanhGated(gate, graph.linear(`${path}.mlp.up`, normalized));
          });
          return graph.rmsNorm(`${path}.norm_4`, graph.linear(`${path}.mlp.down`, inner), normEpsilon);
        }),
      );
    });
    const final = graph.rmsNorm('norm_final', x, normEpsilon);
    graph.release(x);
    return final;
  },

  pool: (graph, _, hidden) => graph.meanTokens(hidden),
  vocabularyTable: () => 'embedding.tokens',
  logitCap: ({ caps }) => caps.logits ?? undefined,

  huggingFace: {
    modelTypes,
    config(reader) {
      const isThird = reader.require('model_type', modelTypes) === 'gemma3_text';
      reader.require('hidden_activation', ['gelu_pytorch_tanh'], 'gelu_pytorch_tanh');
      reader.require('attention_bias', [false], false);
      reader.require('tie_word_embeddings', [true], true);
      reader.require('use_bidirectional_attention', [false], false);
      const layers = reader.layers('num_hidden_layers');
      const { rotary, localRotary } = isThird ? rotaries(reader) : sameRotary(readRotary(reader, 10_000));
      return {
        architecture: 'gemma',
        vocabularySize: reader.count('vocab_size'),
        contextLength: reader.count('max_position_embeddings', isThird ? 131_072 : 8192),
        width: reader.count('hidden_size'),
        layers,
        heads: reader.count('num_attention_heads'),
        keyHeads: reader.count('num_key_value_heads', 4),
        headWidth: reader.count('head_dim', 256),
        mlpWidth: reader.count('intermediate_size'),
        normEpsilon: reader.number('rms_norm_eps', 1e-6),
        scoreWidth: reader.number('query_pre_attn_scalar', 256),
        globalEvery: globalEvery(reader, layers, isThird ? 6 : 2),
        window: reader.count('sliding_window', 4096),
        rotary,
        localRotary,
        headNorms: isThird,
        caps: {
          scores: capOf(reader, 'attn_logit_softcapping', isThird ? null : 50),
          logits: capOf(reader, 'final_logit_softcapping', isThird ? null : 30),
        },
      };
    },
    dropout: (reader) => ({ attention: reader.share('attention_dropout', 0), hidden: 0, embedding: 0 }),
    gainsInFloat32: true,
    json(config) {
      const { headNorms, caps, layers } = config;
      const [global, local] = [config.rotary, config.localRotary].map(rotaryParameters);
      return {
        architectures: [headNorms ? 'Gemma3ForCausalLM' : 'Gemma2ForCausalLM'],
        model_type: headNorms ? 'gemma3_text' : 'gemma2',
        vocab_size: config.vocabularySize,
        max_position_embeddings: config.contextLength,
        hidden_size: config.width,
        num_hidden_layers: layers,
        num_attention_heads: config.heads,
        num_key_value_heads: config.keyHeads,
        head_dim: config.headWidth,
        intermediate_size: config.mlpWidth,
        hidden_activation: 'gelu_pytorch_tanh',
        rms_norm_eps: config.normEpsilon,
        query_pre_attn_scalar: config.scoreWidth,
        sliding_window: config.window,
        layer_types: Array.from({ length: layers }, (_, index) => layerKinds[kindOf(index, config)]),
        rope_parameters: headNorms ? { full_attention: global, sliding_attention: local } : global,
        ...writeEarlierRotary(config.rotary),
        ...(headNorms && {
          rope_local_base_freq: config.localRotary.base,
          sliding_window_pattern: config.globalEvery,
        }),
        attn_logit_softcapping: caps.scores,
        final_logit_softcapping: caps.logits,
        attention_bias: false,
        tie_word_embeddings: true,
      };
    },
    floats: ['attn_logit_softcapping', 'final_logit_softcapping'],
    servesLora: true,
    prefix: 'model.',
    ignored: [/^lm_head\.weight$/],
  },
});

const kindOf = (index: number, { globalEvery }: Pick<GemmaConfig, 'globalEvery'>): 'global' | 'local' =>
  (index + 1) % globalEvery === 0 ? 'global' : 'local';

/** A cap that a file sets to null is none; one that it leaves out is the usual one. */
function capOf(reader: ConfigReader, field: string, usual: number | null): number | null {
  if (reader.has(field)) return reader.number(field);
  return reader.names(field) ? null : usual;
}

/** @throws ModelConfigError where the kinds of layers follow no such rule */
function globalEvery(reader: ConfigReader, layers: number, usual: number): number {
  const kinds = reader.words('layer_types');
  if (kinds === undefined) return reader.count('sliding_window_pattern', usual);
  const first = kinds.indexOf(layerKinds.global);
  const every = first === -1 ? layers + 1 : first + 1;
  const follows = kinds.every((kind, index) => kind === layerKinds[kindOf(index, { globalEvery: every })]);
  if (kinds.length === layers && follows) return every;
  throw new ModelConfigError(
    'layer_types',
    `expected ${layers} of ${Object.values(layerKinds).join(' and ')}, of which every so-many-th is the latter`,
  );
}

const sameRotary = (rotary: RotaryConfig) => ({ rotary, localRotary: rotary });

/** Reads `rope_parameters` by kind of layer (transformers 5), or a field for each (before). */
function rotaries(reader: ConfigReader): { rotary: RotaryConfig; localRotary: RotaryConfig } {
  const parameters = reader.section('rope_parameters');
  const [full, local] = [parameters?.section(layerKinds.global), parameters?.section(layerKinds.local)];
  return {
    rotary: {
      base: (full ?? reader).number('rope_theta', 1_000_000),
      scaling: readScaling(full ?? reader.section('rope_scaling')),
    },
    localRotary: {
      base: local?.number('rope_theta', 10_000) ?? reader.number('rope_local_base_freq', 10_000),
      scaling: readScaling(local),
    },
  };
}

function block(index: number, config: GemmaConfig): Module[] {
  const { width, heads, keyHeads, headWidth, mlpWidth, headNorms } = config;
  const path = `blocks.${index}`;
  const module = `layers.${index}`;
  const norm = (name: string, size: number, theirs: string) =>
    rmsNormModule(`${path}.${name}`, size, `${module}.${theirs}`, { lessBy: 1 });
  const linear = (at: string, name: string, theirs: string, shape: Omit<LayerShape, 'bias'>) =>
    linearModule({
      path: `${path}.${at}.${name}`,
      name,
      shape: { ...shape, bias: false },
      source: { module: `${module}.${theirs}`, layout: 'linear' },
    });
  const project = (role: 'query' | 'key' | 'value', theirs: string, own: number) =>
    linear('attention', role, `self_attn.${theirs}`, { in: width, out: own * headWidth, role, heads: own });
  const headNorm = (role: 'query' | 'key', theirs: string) =>
    headNorms ? [norm(`attention.${role}_norm`, headWidth, `self_attn.${theirs}`)] : [];
  return [
    norm('norm_1', width, 'input_layernorm'),
    project('query', 'q_proj', heads),
    ...headNorm('query', 'q_norm'),
    project('key', 'k_proj', keyHeads),
    ...headNorm('key', 'k_norm'),
    project('value', 'v_proj', keyHeads),
    linear('attention', 'output', 'self_attn.o_proj', { in: heads * headWidth, out: width, role: 'output', heads }),
    norm('norm_2', width, 'post_attention_layernorm'),
    norm('norm_3', width, 'pre_feedforward_layernorm'),
    linear('mlp', 'gate', 'mlp.gate_proj', { in: width, out: mlpWidth, role: 'gate' }),
    linear('mlp', 'up', 'mlp.up_proj', { in: width, out: mlpWidth, role: 'up' }),
    linear('mlp', 'down', 'mlp.down_proj', { in: mlpWidth, out: width, role: 'down' }),
    norm('norm_4', width, 'post_feedforward_layernorm'),
  ];
}
