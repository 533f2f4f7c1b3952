/**
 * @file Models that llama.cpp writes, as Hugging Face writes them: `config.json`, the names of tensors, and what was done to
 * their values. Source: llama.cpp's convert_hf_to_gguf.py.
 */
import { type RotaryConfig, rotaryFrequencies } from '@rankforge/peft';
import { GgufError, type GgufHeader, type GgufTensor } from './header.js';
import { type Metadata, metadataOf, tokenKey } from './metadata.js';

/** A tensor of the safetensors file, and where its values come from. */
export interface PlannedTensor {
  name: string;
  source: GgufTensor;
  /** Rows of each head, which llama.cpp interleaves for its rotary embedding: first half and second half in turns. */
  interleaved?: number | undefined;
  /** What the values are stored less by: llama.cpp adds it to Gemma's gains. */
  lessBy?: number | undefined;
}

export interface PlannedModel {
  config: Record<string, unknown>;
  tensors: PlannedTensor[];
}

interface Known {
  class: string;
  /** Value of `model_type`, where it is another one. */
  modelType?: string;
  /** Fields of `config.json` that this architecture has besides. */
  config(model: Reading): Record<string, unknown>;
  /** Queries and keys have their rows interleaved. */
  interleaves?: true;
  /** What gains are more by than in a file of Hugging Face. */
  gainsMoreBy?: number;
  /** Where norms are that are called otherwise, or not at all, in other architectures. */
  names?: Readonly<Record<string, string>>;
}

/** What a configuration is read from. */
interface Reading {
  header: GgufHeader;
  keys: Metadata;
  /** Key of this architecture, e.g. `llama.block_count`. */
  own(name: string): string;
  layers: number;
  width: number;
  heads: number;
  headWidth: number;
  /** Factors by which frequencies of the rotary embedding are divided, where the file has such a tensor. */
  rotaryFactors: Float32Array | undefined;
}

/** Norms on both sides of each half of a block. */
const gemmaNames = {
  post_attention_norm: 'post_attention_layernorm',
  ffn_norm: 'pre_feedforward_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
};

const known: Readonly<Record<string, Known>> = {
  // Mistral has no architecture of its own.
  llama: {
    class: 'LlamaForCausalLM',
    interleaves: true,
    config: (model) => ({
      hidden_act: 'silu',
      attention_bias: model.header.tensors.has('blk.0.attn_output.bias'),
      mlp_bias: model.header.tensors.has('blk.0.ffn_down.bias'),
      ...rotary(model),
    }),
  },
  qwen2: {
    class: 'Qwen2ForCausalLM',
    config: (model) => ({ hidden_act: 'silu', use_sliding_window: false, ...rotary(model) }),
  },
  qwen3: {
    class: 'Qwen3ForCausalLM',
    config: (model) => ({ hidden_act: 'silu', use_sliding_window: false, attention_bias: false, ...rotary(model) }),
  },
  gemma2: {
    class: 'Gemma2ForCausalLM',
    names: gemmaNames,
    gainsMoreBy: 1,
    config: (model) => ({
      ...gemma(model, { globalEvery: 2, layersOf27B: 46 }),
      ...rotary(model),
      attn_logit_softcapping: model.keys.number(model.own('attn_logit_softcapping'), 50),
      final_logit_softcapping: model.keys.number(model.own('final_logit_softcapping'), 30),
    }),
  },
  gemma3: {
    class: 'Gemma3ForCausalLM',
    modelType: 'gemma3_text',
    names: gemmaNames,
    gainsMoreBy: 1,
    config(model) {
      const { keys, own } = model;
      const { rope_theta, rope_scaling = { rope_type: 'default' } } = rotary(model, 1_000_000);
      const local = { rope_type: 'default', rope_theta: keys.number(own('rope.freq_base_swa'), 10_000) };
      return {
        ...gemma(model, { globalEvery: 6, layersOf27B: 62 }),
        rope_parameters: { full_attention: { ...rope_scaling, rope_theta }, sliding_attention: local },
      };
    },
  },
};

/** Fields of both Gemmas. llama.cpp knows by the number of layers which model divides scores by another root. */
function gemma(
  { keys, own, layers, width, heads, headWidth }: Reading,
  { globalEvery, layersOf27B }: { globalEvery: number; layersOf27B: number },
): Record<string, unknown> {
  return {
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar: layers === layersOf27B ? width / heads : headWidth,
    sliding_window: keys.count(own('attention.sliding_window')),
    sliding_window_pattern: keys.count(own('attention.sliding_window_pattern'), globalEvery),
  };
}

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
/** Fields of a configuration that name tokens, by what the metadata calls them. */
const namedTokens = { bos: 'bos_token_id', eos: 'eos_token_id', padding: 'pad_token_id' };
/** Factors of rotary frequencies; the configuration says the same. */
export const ROTARY_FACTORS = 'rope_freqs.weight';

/** Ids that the file gives by name, of tokens that the model has. */
function tokenIds(keys: Metadata, vocabularySize: number): Record<string, number> {
  const named = Object.entries(namedTokens).filter(([name]) => keys.has(tokenKey(name)));
  const ids = named.map(([name, field]) => [field, keys.whole(tokenKey(name))] as const);
  return Object.fromEntries(ids.filter(([, id]) => id < vocabularySize));
}

/**
 * What a GGUF file becomes. Whether the tensors fit the configuration is checked where the folder is read.
 *
 * @throws GgufError naming the key or tensor that is missing or not supported
 */
export function planModel(header: GgufHeader, rotaryFactors: Float32Array | undefined): PlannedModel {
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
  const layers = keys.count(own('block_count'));
  const reading: Reading = { header, keys, own, layers, width, heads, headWidth, rotaryFactors };
  const embedding = tensors.get('token_embd.weight');
  if (embedding === undefined) throw new GgufError(file, 'has no tensor token_embd.weight');
  return {
    config: {
      architectures: [architecture.class],
      model_type: architecture.modelType ?? type,
      vocab_size: embedding.shape[0],
      ...tokenIds(keys, embedding.shape[0]!),
      max_position_embeddings: keys.count(own('context_length')),
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: keys.count(own('attention.head_count_kv'), heads),
      head_dim: headWidth,
      intermediate_size: keys.count(own('feed_forward_length')),
      rms_norm_eps: keys.number(own('attention.layer_norm_rms_epsilon')),
      tie_word_embeddings: !tensors.has('output.weight'),
      ...architecture.config(reading),
    },
    tensors: [...tensors].flatMap(([name, source]) => {
      if (name === ROTARY_FACTORS) return [];
      const isInterleaved = architecture.interleaves && /\.attn_[qk]\./.test(name);
      return {
        name: renamed(name, { ...blockNames, ...architecture.names }, file),
        source,
        interleaved: isInterleaved ? headWidth : undefined,
        lessBy: /norm\.weight$/.test(name) ? architecture.gainsMoreBy : undefined,
      };
    }),
  };
}

function renamed(name: string, ofBlocks: Readonly<Record<string, string>>, file: string): string {
  const [, block, part = '', suffix] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const names = block === undefined ? tensorNames : ofBlocks;
  if (suffix !== undefined && Object.hasOwn(names, part)) {
    return `${block === undefined ? '' : `model.layers.${block}.`}${names[part]}.${suffix}`;
  }
  throw new GgufError(file, `tensor ${JSON.stringify(name.slice(0, 80))} belongs to no layer that is known`);
}

interface Rotary {
  rope_theta: number;
  rope_scaling?: { rope_type: string; factor: number } & Record<string, unknown>;
}

/** Fields of the rotary embedding. All of a head is turned. */
function rotary({ header: { file }, keys, own, headWidth, rotaryFactors }: Reading, usualBase = 10_000): Rotary {
  const turned = keys.count(own('rope.dimension_count'), headWidth);
  if (turned !== headWidth) {
    throw new GgufError(
      file,
      `key ${own('rope.dimension_count')}: expected ${headWidth}, the width of a head, got ${turned}; only heads that turn whole are read`,
    );
  }
  const scaling = keys.text(own('rope.scaling.type'), 'none');
  if (scaling !== 'none' && scaling !== 'linear') {
    throw new GgufError(file, `key ${own('rope.scaling.type')}: ${JSON.stringify(scaling)} is not supported`);
  }
  const base = keys.number(own('rope.freq_base'), usualBase);
  if (rotaryFactors && 2 * rotaryFactors.length !== headWidth) {
    throw new GgufError(file, `tensor ${ROTARY_FACTORS}: ${rotaryFactors.length} factors for heads of ${headWidth}`);
  }
  if (rotaryFactors) return { rope_theta: base, rope_scaling: scalingOf(rotaryFactors, base, file) };
  if (scaling === 'none') return { rope_theta: base };
  return { rope_theta: base, rope_scaling: { rope_type: 'linear', factor: keys.number(own('rope.scaling.factor')) } };
}

/** Of Llama 3.1 and those after it, whose files hold what comes of these settings, and not the settings. */
const published = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

/** @throws GgufError where the factors are not those of the rule with the published settings */
function scalingOf(factors: Float32Array, base: number, file: string) {
  const factor = factors.reduce((most, each) => Math.max(most, each), 1);
  const frequencies = (scaling: RotaryConfig['scaling']) => rotaryFrequencies({ base, scaling }, 2 * factors.length);
  const plain = frequencies({ kind: 'none' });
  const scaled = frequencies({
    kind: 'llama3',
    factor,
    lowFrequencyFactor: published.low_freq_factor,
    highFrequencyFactor: published.high_freq_factor,
    originalContextLength: published.original_max_position_embeddings,
  });
  if (factors.every((each, index) => Math.abs((each * scaled[index]!) / plain[index]! - 1) < 1e-4)) {
    return { rope_type: 'llama3', factor, ...published };
  }
  throw new GgufError(
    file,
    `tensor ${ROTARY_FACTORS}: the frequencies are scaled by another rule than that of Llama 3.1; add the model from a hub`,
  );
}
