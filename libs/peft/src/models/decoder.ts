/** @file Layers and operations that decoders share: rotary positions, grouped-query attention and a head that is the token table or one of its own. */
import { z } from 'zod';
import type { LayerShape } from '../method.js';
import type { Module } from './architecture.js';
import { type Graph, turnedHeads } from './graph.js';
import { linearModule, rmsNormModule, tableModule } from './modules.js';

/** Fields of the configuration of a decoder. */
export const decoderFields = {
  vocabularySize: z.int().positive(),
  contextLength: z.int().positive(),
  width: z.int().positive(),
  layers: z.int().positive(),
  heads: z.int().positive(),
  /** Heads of keys and values; each serves `heads / keyHeads` queries. */
  keyHeads: z.int().positive(),
  headWidth: z.int().positive().multipleOf(2),
  mlpWidth: z.int().positive(),
  normEpsilon: z.number().positive(),
};

interface Decoder {
  vocabularySize: number;
  width: number;
  layers: number;
  /** The head is the token table. */
  tied: boolean;
}

/** The token table, the blocks, the norm after the last, and the head. `lessBy`: files hold gains of norms less so much. */
export function decoderModules(
  { vocabularySize, width, layers, tied }: Decoder,
  block: (index: number) => Module[],
  stored: { lessBy?: number } = {},
): Module[] {
  const table: [number, number] = [vocabularySize, width];
  return [
    tableModule('embedding.tokens', 'embedding', table, 'embed_tokens.weight'),
    ...Array.from({ length: layers }, (_, index) => block(index)).flat(),
    rmsNormModule('norm_final', width, 'norm', stored),
    ...(tied ? [] : [tableModule('vocabulary', 'embedding', table, 'lm_head.weight', { outside: true })]),
  ];
}

/** The paths of a block, here and in a file, and what makes its linear layers. */
export function inBlock(index: number) {
  const [path, module] = [`blocks.${index}`, `layers.${index}`];
  const linear = (at: string, name: string, theirs: string, shape: LayerShape): Module =>
    linearModule({
      path: `${path}.${at}.${name}`,
      name,
      shape,
      source: { module: `${module}.${theirs}`, layout: 'linear' },
    });
  return { path, module, linear };
}

interface Attention {
  width: number;
  heads: number;
  keyHeads: number;
  headWidth: number;
  biases: { projections: boolean; output: boolean };
  /** Every head of queries and of keys is normalized. */
  headNorms: boolean;
}

/** Layers of the attention of a block. */
export function attentionModules(
  index: number,
  { width, heads, keyHeads, headWidth, biases, headNorms }: Attention,
): Module[] {
  const { path, module, linear } = inBlock(index);
  const project = (role: 'query' | 'key' | 'value', theirs: string, own: number) =>
    linear('attention', role, `self_attn.${theirs}`, {
      in: width,
      out: own * headWidth,
      bias: biases.projections,
      role,
      heads: own,
    });
  const headNorm = (role: 'query' | 'key', theirs: string) =>
    headNorms ? [rmsNormModule(`${path}.attention.${role}_norm`, headWidth, `${module}.self_attn.${theirs}`)] : [];
  return [
    project('query', 'q_proj', heads),
    ...headNorm('query', 'q_norm'),
    project('key', 'k_proj', keyHeads),
    ...headNorm('key', 'k_norm'),
    project('value', 'v_proj', keyHeads),
    linear('attention', 'output', 'self_attn.o_proj', {
      in: heads * headWidth,
      out: width,
      bias: biases.output,
      role: 'output',
      heads,
    }),
  ];
}

/** The attention of a block on its normalized input, up to the projection into the residual stream. */
export function attentionHalf<T>(
  graph: Graph<T>,
  path: string,
  normalized: T,
  of: { heads: number; keyHeads: number; frequencies: Float64Array; headNorm: number | undefined },
): T {
  const { heads, keyHeads, frequencies, headNorm } = of;
  const mixed = graph.scope(() => {
    const turning = { frequencies, epsilon: headNorm };
    const query = turnedHeads(graph, normalized, { path: `${path}.attention.query`, ...turning });
    const key = turnedHeads(graph, normalized, { path: `${path}.attention.key`, ...turning });
    const value = graph.linear(`${path}.attention.value`, normalized);
    return graph.attention({ path: `${path}.attention`, query, key, value, heads, keyHeads, mask: 'causal' });
  });
  return graph.linear(`${path}.attention.output`, mixed);
}
