"""transformers' Llama, Mistral, Qwen2 and Qwen3 with random weights, in float64."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import language_model_case  # noqa: E402
from transformers import (  # noqa: E402
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from vector import save, source  # noqa: E402

SIZES = {
    "vocab_size": 11,
    "hidden_size": 8,
    "intermediate_size": 10,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "attn_implementation": "eager",
}
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# With 16 original positions the frequencies of a head of width 6 fall into all three ranges of the rule.
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 20.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 2.5,
    "original_max_position_embeddings": 16,
}
LINEAR_SCALING = {"rope_type": "linear", "rope_theta": 100.0, "factor": 2.0}

llama = lambda **options: LlamaForCausalLM(LlamaConfig(**SIZES, **options))
save(__file__, {
    "source": source("transformers"),
    "cases": [
        language_model_case(
            "tied head, two heads of keys, llama3 scaling, heads wider than the stream",
            llama(num_key_value_heads=2, head_dim=6, tie_word_embeddings=True, rope_parameters=LLAMA3),
            LINEAR,
        ),
        language_model_case(
            "untied head, biases, linear scaling",
            llama(num_key_value_heads=4, attention_bias=True, mlp_bias=True, rope_parameters=LINEAR_SCALING),
            LINEAR,
        ),
        language_model_case(
            "Mistral, one head of keys",
            MistralForCausalLM(MistralConfig(**SIZES, num_key_value_heads=1, sliding_window=32)),
            LINEAR,
        ),
        language_model_case("Qwen2, bias of projections", Qwen2ForCausalLM(Qwen2Config(**SIZES, num_key_value_heads=2)), LINEAR),
        language_model_case(
            "Qwen3, heads of queries and keys normalized, heads wider than the stream",
            Qwen3ForCausalLM(Qwen3Config(**SIZES, num_key_value_heads=2, head_dim=6, tie_word_embeddings=True)),
            LINEAR,
        ),
    ],
})
