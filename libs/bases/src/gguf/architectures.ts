/**
 * @file Models that llama.cpp writes, as Hugging Face writes them: `config.json`, the names of tensors, and what was done to
 * their values. Source: llama.cpp's convert_hf_to_gguf.py.
 */
import { GgufError, type GgufHeader, type GgufTensor } from './header.js';
import { type Metadata, metadataOf } from './metadata.js';

/** A tensor of the safetensors file, and where its values come from. */
export interface PlannedTensor {
  name: string;
  source: GgufTensor;
  /** Rows of each head, which llama.cpp interleaves for its rotary embedding: first half and second half in turns. */
  interleaved?: number | undefined;
}

export interface PlannedModel {
  config: Record<string, unknown>;
  tensors: PlannedTensor[];
}

interface Known {
  class: string;
  /** Fields of `config.json` that this architecture has besides. */
  config(model: Reading): Record<string, unknown>;
  /** Queries and keys have their rows interleaved. */
  interleaves?: true;
}

/** What a configuration is read from. */
interface Reading {
  header: GgufHeader;
  keys: Metadata;
  /** Key of this architecture, e.g. `llama.block_count`. */
  own(name: string): string;
  headWidth: number;
}

const known: Readonly<Record<string, Known>> = {
  // Mistral has no architecture of its own.
  llama: {
    class: 'LlamaForCausalLM',
    interleaves: true,
    config: (model) => ({
      attention_bias: model.header.tensors.has('blk.0.attn_output.bias'),
      mlp_bias: model.header.tensors.has('blk.0.ffn_down.bias'),
      ...rotary(model),
    }),
  },
  qwen2: {
    class: 'Qwen2ForCausalLM',
    config: (model) => ({ use_sliding_window: false, ...rotary(model) }),
  },
  qwen3: {
    class: 'Qwen3ForCausalLM',
    config: (model) => ({ use_sliding_window: false, attention_bias: false, ...rotary(model) }),
  },
};

const tensorNames: Readonly<Record<string, string>> = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
};
const blockNames: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};
/** Factors of rotary frequencies; the configuration says the same. */
const ROTARY_FACTORS = 'rope_freqs.weight';

/**
 * What a GGUF file becomes. Whether the tensors fit the configuration is checked where the folder is read.
 *
 * @throws GgufError naming the key or tensor that is missing or not supported
 */
export function planModel(header: GgufHeader): PlannedModel {
  const { file, tensors } = header;
  const keys = metadataOf(header);
  const type = keys.text('general.architecture');
  const architecture = Object.hasOwn(known, type) ? known[type]! : undefined;
  if (architecture === undefined) {
    throw new GgufError(
      file,
      `general.architecture is ${JSON.stringify(type)}; expected one of ${Object.keys(known).join(', ')}`,
    );
  }
  const parts = keys.count('split.count', 1);
  if (parts > 1) {
    throw new GgufError(file, `is one of ${parts} parts; make one file of them with \`llama-gguf-split --merge\``);
  }
  const own = (name: string) => `${type}.${name}`;
  if (keys.has(own('expert_count'))) throw new GgufError(file, `key ${own('expert_count')}: experts are not supported`);
  const [width, heads] = [keys.count(own('embedding_length')), keys.count(own('attention.head_count'))];
  const headWidth = keys.count(own('attention.key_length'), width / heads);
  const reading: Reading = { header, keys, own, headWidth };
  const embedding = tensors.get('token_embd.weight');
  if (embedding === undefined) throw new GgufError(file, 'has no tensor token_embd.weight');
  return {
    config: {
      architectures: [architecture.class],
      model_type: type,
      vocab_size: embedding.shape[0],
      max_position_embeddings: keys.count(own('context_length')),
      hidden_size: width,
      num_hidden_layers: keys.count(own('block_count')),
      num_attention_heads: heads,
      num_key_value_heads: keys.count(own('attention.head_count_kv'), heads),
      head_dim: headWidth,
      intermediate_size: keys.count(own('feed_forward_length')),
      hidden_act: 'silu',
      rms_norm_eps: keys.number(own('attention.layer_norm_rms_epsilon')),
      tie_word_embeddings: !tensors.has('output.weight'),
      ...architecture.config(reading),
    },
    tensors: [...tensors].flatMap(([name, source]) => {
      if (name === ROTARY_FACTORS) return [];
      const isInterleaved = architecture.interleaves && /\.attn_[qk]\./.test(name);
      return { name: renamed(name, file), source, interleaved: isInterleaved ? headWidth : undefined };
    }),
  };
}

function renamed(name: string, file: string): string {
  const [, block, part = '', suffix] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const names = block === undefined ? tensorNames : blockNames;
  if (suffix !== undefined && Object.hasOwn(names, part)) {
    return `${block === undefined ? '' : `model.layers.${block}.`}${names[part]}.${suffix}`;
  }
  throw new GgufError(file, `tensor ${JSON.stringify(name.slice(0, 80))} belongs to no layer that is known`);
}

/** Fields of the rotary embedding. All of a head is turned. */
function rotary({ header, keys, own, headWidth }: Reading): Record<string, unknown> {
  const { file, tensors } = header;
  const turned = keys.count(own('rope.dimension_count'), headWidth);
  if (turned !== headWidth) {
    throw new GgufError(
      file,
      `key ${own('rope.dimension_count')}: only heads that turn whole are supported (${headWidth})`,
    );
  }
  const scaling = keys.text(own('rope.scaling.type'), 'none');
  if (scaling !== 'none' && scaling !== 'linear') {
    throw new GgufError(file, `key ${own('rope.scaling.type')}: ${JSON.stringify(scaling)} is not supported`);
  }
  if (tensors.has(ROTARY_FACTORS)) {
    throw new GgufError(
      file,
      `tensor ${ROTARY_FACTORS}: scaled frequencies (as of Llama 3.1) are not read of a GGUF file; add the model from a hub`,
    );
  }
  return {
    rope_theta: keys.number(own('rope.freq_base'), 10_000),
    ...(scaling === 'linear' && { rope_scaling: { type: 'linear', factor: keys.number(own('rope.scaling.factor')) } }),
  };
}
