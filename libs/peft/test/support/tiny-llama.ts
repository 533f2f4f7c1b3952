/** `config.json` of a Llama of two blocks of width 8. */
export const tinyLlama = {
  model_type: 'llama',
  vocab_size: 11,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
};
