/**
 * @file Shapes of published models by their ids on the hub, as their `config.json` says them: an estimate needs nothing else of them.
 * Numbers of parameters that transformers makes of them are held to ours in libs/peft/test.
 */

type Config = Readonly<Record<string, unknown>>;

/** Fields of a family, in the order that rows give their values. */
const sizes = ['hidden_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'intermediate_size'];
type Sizes = readonly [width: number, layers: number, heads: number, keyHeads: number, mlpWidth: number];

const sized = (family: Config, values: Sizes, more: Config = {}): Config => ({
  ...family,
  ...Object.fromEntries(sizes.map((name, index) => [name, values[index]])),
  ...more,
});

const silu = { hidden_act: 'silu', tie_word_embeddings: false };

/** arXiv 2307.09288. */
const llama2 = { ...silu, model_type: 'llama', vocab_size: 32000, max_position_embeddings: 4096, rms_norm_eps: 1e-5 };

/** arXiv 2407.21783. */
const llama3 = { ...llama2, vocab_size: 128256, max_position_embeddings: 8192, rope_theta: 500000 };
const scaled = (factor: number): Config => ({
  ...llama3,
  max_position_embeddings: 131072,
  rope_scaling: {
    factor,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
});
const llama31 = scaled(8);
const llama32 = { ...scaled(32), tie_word_embeddings: true };

/** arXiv 2310.06825. */
const mistral = { ...silu, model_type: 'mistral', rms_norm_eps: 1e-5, sliding_window: null };

/** arXiv 2412.15115. */
const qwen25 = {
  ...silu,
  model_type: 'qwen2',
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  use_sliding_window: false,
};

/** arXiv 2505.09388. */
const qwen3 = {
  ...silu,
  model_type: 'qwen3',
  attention_bias: false,
  head_dim: 128,
  max_position_embeddings: 40960,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  use_sliding_window: false,
  vocab_size: 151936,
};

/** arXiv 2408.00118. */
const gemma2 = {
  model_type: 'gemma2',
  attention_bias: false,
  attn_logit_softcapping: 50,
  final_logit_softcapping: 30,
  hidden_act: 'gelu_pytorch_tanh',
  hidden_activation: 'gelu_pytorch_tanh',
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  sliding_window: 4096,
  vocab_size: 256000,
};

/** arXiv 2401.04088. */
const mixtral = { ...silu, model_type: 'mixtral', num_experts_per_tok: 2, num_local_experts: 8, rms_norm_eps: 1e-5 };

/** arXiv 2505.09388. */
const qwen3Moe = {
  ...qwen3,
  model_type: 'qwen3_moe',
  decoder_sparse_step: 1,
  mlp_only_layers: [],
  norm_topk_prob: true,
  num_experts: 128,
  num_experts_per_tok: 8,
};

/** arXiv 2404.14219 and 2412.08905. */
const phi3 = { ...silu, model_type: 'phi3', rms_norm_eps: 1e-5, vocab_size: 32064 };

/** arXiv 2403.08295. */
const gemma1 = {
  model_type: 'gemma',
  head_dim: 256,
  hidden_act: 'gelu_pytorch_tanh',
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  vocab_size: 256000,
};

const llama8b: Sizes = [4096, 32, 32, 8, 14336];
const llama70b: Sizes = [8192, 80, 64, 8, 28672];
const tied = { tie_word_embeddings: true };
const ofQwen = (vocabulary: number, more: Config = {}) => ({ vocab_size: vocabulary, ...more });

const known: Readonly<Record<string, Config>> = {
  'TinyLlama/TinyLlama-1.1B-Chat-v1.0': sized(llama2, [2048, 22, 32, 4, 5632], { max_position_embeddings: 2048 }),
  'meta-llama/Llama-2-7b-hf': sized(llama2, [4096, 32, 32, 32, 11008]),
  'meta-llama/Llama-2-13b-hf': sized(llama2, [5120, 40, 40, 40, 13824]),
  'meta-llama/Llama-2-70b-hf': sized(llama2, llama70b),
  'meta-llama/Meta-Llama-3-8B': sized(llama3, llama8b),
  'meta-llama/Meta-Llama-3-70B': sized(llama3, llama70b),
  'meta-llama/Llama-3.1-8B': sized(llama31, llama8b),
  'meta-llama/Llama-3.1-70B': sized(llama31, llama70b),
  'meta-llama/Llama-3.1-405B': sized(llama31, [16384, 126, 128, 8, 53248]),
  'meta-llama/Llama-3.2-1B': sized(llama32, [2048, 16, 32, 8, 8192], { head_dim: 64 }),
  'meta-llama/Llama-3.2-3B': sized(llama32, [3072, 28, 24, 8, 8192], { head_dim: 128 }),
  'meta-llama/Llama-3.3-70B-Instruct': sized(llama31, llama70b),
  'mistralai/Mistral-7B-v0.3': sized(mistral, llama8b, {
    max_position_embeddings: 32768,
    rope_theta: 1000000,
    vocab_size: 32768,
  }),
  'Qwen/Qwen2.5-0.5B': sized(qwen25, [896, 24, 14, 2, 4864], ofQwen(151936, tied)),
  'Qwen/Qwen2.5-1.5B': sized(qwen25, [1536, 28, 12, 2, 8960], ofQwen(151936, tied)),
  'Qwen/Qwen2.5-3B': sized(qwen25, [2048, 36, 16, 2, 11008], ofQwen(151936, tied)),
  'Qwen/Qwen2.5-7B': sized(qwen25, [3584, 28, 28, 4, 18944], ofQwen(152064)),
  'Qwen/Qwen2.5-14B': sized(qwen25, [5120, 48, 40, 8, 13824], ofQwen(152064)),
  'Qwen/Qwen2.5-32B': sized(qwen25, [5120, 64, 40, 8, 27648], ofQwen(152064)),
  'Qwen/Qwen2.5-72B': sized(qwen25, [8192, 80, 64, 8, 29568], ofQwen(152064)),
  'Qwen/Qwen3-0.6B': sized(qwen3, [1024, 28, 16, 8, 3072], tied),
  'Qwen/Qwen3-1.7B': sized(qwen3, [2048, 28, 16, 8, 6144], tied),
  'Qwen/Qwen3-4B': sized(qwen3, [2560, 36, 32, 8, 9728], tied),
  'Qwen/Qwen3-8B': sized(qwen3, [4096, 36, 32, 8, 12288]),
  'Qwen/Qwen3-14B': sized(qwen3, [5120, 40, 40, 8, 17408]),
  'Qwen/Qwen3-32B': sized(qwen3, [5120, 64, 64, 8, 25600]),
  'mistralai/Mixtral-8x7B-v0.1': sized(mixtral, llama8b, { max_position_embeddings: 32768, vocab_size: 32000 }),
  'mistralai/Mixtral-8x22B-v0.1': sized(mixtral, [6144, 56, 48, 8, 16384], {
    max_position_embeddings: 65536,
    vocab_size: 32000,
  }),
  'Qwen/Qwen3-30B-A3B': sized(qwen3Moe, [2048, 48, 32, 4, 6144], { moe_intermediate_size: 768 }),
  'Qwen/Qwen3-235B-A22B': sized(qwen3Moe, [4096, 94, 64, 4, 12288], { moe_intermediate_size: 1536 }),
  'microsoft/Phi-3-mini-4k-instruct': sized(phi3, [3072, 32, 32, 32, 8192], { max_position_embeddings: 4096 }),
  'microsoft/Phi-3-medium-4k-instruct': sized(phi3, [5120, 40, 40, 10, 17920], { max_position_embeddings: 4096 }),
  'microsoft/phi-4': sized(phi3, [5120, 40, 40, 10, 17920], { max_position_embeddings: 16384, vocab_size: 100352 }),
  'google/gemma-2b': sized(gemma1, [2048, 18, 8, 1, 16384]),
  'google/gemma-7b': sized(gemma1, [3072, 28, 16, 16, 24576]),
  'google/gemma-2-2b': sized(gemma2, [2304, 26, 8, 4, 9216], { head_dim: 256, query_pre_attn_scalar: 256 }),
  'google/gemma-2-9b': sized(gemma2, [3584, 42, 16, 8, 14336], { head_dim: 256, query_pre_attn_scalar: 256 }),
  'google/gemma-2-27b': sized(gemma2, [4608, 46, 32, 16, 36864], { head_dim: 128, query_pre_attn_scalar: 144 }),
};

/** Ids of the models whose shapes are here. */
export const publishedModels: readonly string[] = Object.keys(known);

/** The base of a chat model, whose shapes are the same: `-Instruct` and `-it` change none. */
const baseOf = (id: string): string => id.replace(/-(Instruct|it)$/, '');

/**
 * The `config.json` of a published model as far as shapes follow from it; undefined where it is not known here.
 *
 * @example publishedConfig('meta-llama/Llama-3.1-8B')?.hidden_size // 4096
 */
export function publishedConfig(id: string): Config | undefined {
  const name = [id, baseOf(id)].find((each) => Object.hasOwn(known, each));
  return name === undefined ? undefined : known[name];
}
