/** @file The encoder that BERT and its descendants share: norm after each half of a block, exact GELU, no causal mask. */
import { z } from 'zod';
import type { LayerShape } from '../method.js';
import type { Module } from './architecture.js';
import type { ConfigReader } from './config-reader.js';
import type { ModelDropout } from './dropout.js';
import { type EmbeddingTables, type Graph, throughBlocks } from './graph.js';
import { layerNormModule, linearModule, tableModule } from './modules.js';

/** Fields of an encoder's configuration. */
export const encoderFields = {
  vocabularySize: z.int().positive(),
  contextLength: z.int().positive(),
  /** Kinds of segments; every token is of the first. */
  types: z.int().positive(),
  width: z.int().positive(),
  layers: z.int().positive(),
  heads: z.int().positive(),
  /** Default: `width / heads`; another one where heads were pruned. */
  headWidth: z.int().positive().optional(),
  mlpWidth: z.int().positive(),
  normEpsilon: z.number().positive(),
};

export interface EncoderConfig {
  vocabularySize: number;
  types: number;
  width: number;
  layers: number;
  heads: number;
  headWidth?: number | undefined;
  mlpWidth: number;
  normEpsilon: number;
}

/** Embeddings and blocks. */
export function encoderModules(config: EncoderConfig, positions: number): Module[] {
  const { vocabularySize, types, width, layers } = config;
  const table = (path: string, height: number, name: string) =>
    tableModule(
      `embedding.${path}`,
      path === 'positions' ? 'position-embedding' : 'embedding',
      [height, width],
      `embeddings.${name}_embeddings.weight`,
    );
  return [
    table('tokens', vocabularySize, 'word'),
    table('positions', positions, 'position'),
    table('types', types, 'token_type'),
    layerNormModule('embedding.norm', width, 'embeddings.LayerNorm'),
    ...Array.from({ length: layers }, (_, index) => block(index, config)).flat(),
  ];
}

/** Hidden states of the last block. */
export function encoderHidden<T>(
  graph: Graph<T>,
  { layers, heads, normEpsilon }: EncoderConfig,
  positions: Pick<EmbeddingTables, 'first'> = {},
): T {
  const tables = {
    tokens: 'embedding.tokens',
    positions: 'embedding.positions',
    types: 'embedding.types',
    ...positions,
  };
  const first = graph.scope(() => graph.layerNorm('embedding.norm', graph.embed(tables), normEpsilon));
  const half = (norm: string, input: T, branch: (x: T) => T) => {
    const next = graph.scope(() => graph.layerNorm(norm, graph.add(input, branch(input)), normEpsilon));
    graph.release(input);
    return next;
  };
  return throughBlocks(graph, first, { layers }, (before, path, block) => {
    const between = half(`${path}.norm_1`, before, (input) => {
      const mixed = graph.scope(() => {
        const query = graph.linear(`${path}.attention.query`, input);
        const key = graph.linear(`${path}.attention.key`, input);
        const value = graph.linear(`${path}.attention.value`, input);
        return graph.attention({ path: `${path}.attention`, block, query, key, value, heads, mask: 'padding' });
      });
      return graph.linear(`${path}.attention.output`, mixed);
    });
    return half(`${path}.norm_2`, between, (input) => {
      const inner = graph.scope(() => graph.gelu(graph.linear(`${path}.mlp.fc_in`, input)));
      return graph.linear(`${path}.mlp.fc_out`, inner);
    });
  });
}

function block(index: number, { width, heads, headWidth = width / heads, mlpWidth }: EncoderConfig): Module[] {
  const path = `blocks.${index}`;
  const module = `encoder.layer.${index}`;
  const inner = heads * headWidth;
  const linear = (at: string, name: string, theirs: string, shape: LayerShape) =>
    linearModule({
      path: `${path}.${at}.${name}`,
      name,
      shape,
      source: { module: `${module}.${theirs}`, layout: 'linear' },
    });
  return [
    ...(['query', 'key', 'value'] as const).map((role) =>
      linear('attention', role, `attention.self.${role}`, { in: width, out: inner, bias: true, heads, role }),
    ),
    linear('attention', 'output', 'attention.output.dense', {
      in: inner,
      out: width,
      bias: true,
      heads,
      role: 'output',
    }),
    layerNormModule(`${path}.norm_1`, width, `${module}.attention.output.LayerNorm`),
    linear('mlp', 'fc_in', 'intermediate.dense', { in: width, out: mlpWidth, bias: true, role: 'up' }),
    linear('mlp', 'fc_out', 'output.dense', { in: mlpWidth, out: width, bias: true, role: 'down' }),
    layerNormModule(`${path}.norm_2`, width, `${module}.output.LayerNorm`),
  ];
}

/** Fields that BERT's and RoBERTa's `config.json` have in common. */
export function readEncoder(reader: ConfigReader, defaults: { types: number; epsilon: number }) {
  reader.require('hidden_act', ['gelu'], 'gelu');
  reader.require('position_embedding_type', ['absolute'], 'absolute');
  reader.require('is_decoder', [false], false);
  return {
    vocabularySize: reader.count('vocab_size'),
    types: reader.count('type_vocab_size', defaults.types),
    width: reader.count('hidden_size'),
    layers: reader.layers('num_hidden_layers'),
    heads: reader.count('num_attention_heads'),
    mlpWidth: reader.count('intermediate_size'),
    normEpsilon: reader.number('layer_norm_eps', defaults.epsilon),
  };
}

/** Dropout of BERT, of its descendants and of ViT. */
export function readDropout(reader: ConfigReader, usual: number): ModelDropout {
  const hidden = reader.share('hidden_dropout_prob', usual);
  return { attention: reader.share('attention_probs_dropout_prob', usual), hidden, embedding: hidden };
}

/** Fields that `readEncoder` reads to the same. */
export function writeEncoder(config: EncoderConfig): Record<string, unknown> {
  return {
    vocab_size: config.vocabularySize,
    type_vocab_size: config.types,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.mlpWidth,
    hidden_act: 'gelu',
    layer_norm_eps: config.normEpsilon,
  };
}
