/** @file `config.json` of published models, as far as shapes follow from it: names as on the hub, numbers as in the papers. */

/** meta-llama/Llama-3.1-8B and -70B: arXiv 2407.21783, table 3. */
const llama = {
  attention_bias: false,
  hidden_act: 'silu',
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: 'llama',
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 8,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000,
  tie_word_embeddings: false,
  vocab_size: 128256,
};
export const llama8b = {
  ...llama,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_attention_heads: 32,
  num_hidden_layers: 32,
};
export const llama70b = {
  ...llama,
  hidden_size: 8192,
  intermediate_size: 28672,
  num_attention_heads: 64,
  num_hidden_layers: 80,
};

/** Qwen/Qwen3-4B: arXiv 2505.09388, table 1. */
export const qwen4b = {
  attention_bias: false,
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 2560,
  intermediate_size: 9728,
  max_position_embeddings: 40960,
  model_type: 'qwen3',
  num_attention_heads: 32,
  num_hidden_layers: 36,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: null,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151936,
};

/** google/gemma-2-9b: arXiv 2408.00118, tables 1 and 2. */
export const gemma9b = {
  attention_bias: false,
  attn_logit_softcapping: 50,
  final_logit_softcapping: 30,
  head_dim: 256,
  hidden_act: 'gelu_pytorch_tanh',
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 3584,
  intermediate_size: 14336,
  max_position_embeddings: 8192,
  model_type: 'gemma2',
  num_attention_heads: 16,
  num_hidden_layers: 42,
  num_key_value_heads: 8,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  sliding_window: 4096,
  vocab_size: 256000,
};
