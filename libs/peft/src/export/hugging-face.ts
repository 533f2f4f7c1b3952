/**
 * @file How Hugging Face names the modules of a base model.
 * The decoder is GPT-2: its query, key and value are one module there, whose columns are ours side by side, and every
 * linear module is a `Conv1D`, which stores `[in, out]`.
 */
import type { HostTensor } from '../method.js';
import { type LinearLayer, linearLayers, type ModelConfig } from '../models/config.js';

/** A linear module of the Hugging Face model. */
export interface BaseModule {
  /** e.g. `transformer.h.0.attn.c_attn` */
  name: string;
  /** Stores its weight as `[in, out]`. */
  conv1d: boolean;
  /** Our layers whose outputs are its outputs, in order: more than one where it is fused. */
  layers: readonly LinearLayer[];
}

const moduleNames: Record<string, string> = {
  query: 'attn.c_attn',
  key: 'attn.c_attn',
  value: 'attn.c_attn',
  output: 'attn.c_proj',
  fc_in: 'mlp.c_fc',
  fc_out: 'mlp.c_proj',
};

/** Every linear module of the blocks, in model order. */
export function baseModules(model: ModelConfig): BaseModule[] {
  const modules = new Map<string, LinearLayer[]>();
  for (const layer of linearLayers(model)) {
    const block = layer.path.split('.')[1];
    const name = `transformer.h.${block}.${moduleNames[layer.name]}`;
    modules.set(name, [...(modules.get(name) ?? []), layer]);
  }
  return [...modules].map(([name, layers]) => ({ name, conv1d: true, layers }));
}

/** The same numbers as our base folder's, under the names and in the shapes of the Hugging Face model. */
export function hfTensors(model: ModelConfig, values: (path: string) => HostTensor): Map<string, HostTensor> {
  const tensors = new Map<string, HostTensor>([
    ['transformer.wte.weight', values('embedding.tokens')],
    ['transformer.wpe.weight', values('embedding.positions')],
  ]);
  const norm = (theirs: string, ours: string) => {
    tensors.set(`${theirs}.weight`, values(`${ours}.gain`));
    tensors.set(`${theirs}.bias`, values(`${ours}.bias`));
  };
  for (let block = 0; block < model.layers; block++) {
    norm(`transformer.h.${block}.ln_1`, `blocks.${block}.norm_1`);
    norm(`transformer.h.${block}.ln_2`, `blocks.${block}.norm_2`);
  }
  for (const { name, layers } of baseModules(model)) {
    tensors.set(`${name}.weight`, sideBySide(layers.map(({ path }) => values(`${path}.kernel`))));
    tensors.set(`${name}.bias`, sideBySide(layers.map(({ path }) => values(`${path}.bias`))));
  }
  norm('transformer.ln_f', 'norm_final');
  return tensors;
}

/** `config.json` of the Hugging Face model. */
export function hfConfig(model: ModelConfig): Record<string, unknown> {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: model.vocabularySize,
    n_positions: model.contextLength,
    n_embd: model.width,
    n_layer: model.layers,
    n_head: model.heads,
    n_inner: model.mlpWidth,
    activation_function: 'gelu_new',
    layer_norm_epsilon: model.normEpsilon,
    tie_word_embeddings: true,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    dtype: 'float32',
  };
}

/** Matrices of equal height, or vectors, joined along their last axis. */
function sideBySide(parts: readonly HostTensor[]): HostTensor {
  const columns = parts.map(({ shape }) => shape.at(-1)!);
  const width = columns.reduce((sum, count) => sum + count, 0);
  const rows = parts[0]!.values.length / columns[0]!;
  const values = new Float32Array(rows * width);
  let offset = 0;
  for (const [index, part] of parts.entries()) {
    const count = columns[index]!;
    for (let row = 0; row < rows; row++) {
      values.set(part.values.subarray(row * count, (row + 1) * count), row * width + offset);
    }
    offset += count;
  }
  return { shape: [...parts[0]!.shape.slice(0, -1), width], values };
}
