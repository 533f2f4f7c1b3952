"""transformers' Gemma 2 and Gemma 3 (text) with random weights, in float64."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import language_model_case  # noqa: E402
from transformers import Gemma2Config, Gemma2ForCausalLM, Gemma3ForCausalLM, Gemma3TextConfig  # noqa: E402
from transformers.models.gemma2.modeling_gemma2 import Gemma2RMSNorm  # noqa: E402
from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm  # noqa: E402
from vector import save, source  # noqa: E402

# Their own norm goes through float32.
for norm in (Gemma2RMSNorm, Gemma3RMSNorm):
    norm.forward = lambda self, x: self._norm(x) * (1.0 + self.weight)

# Heads are no part of the stream's width, the window is shorter than the examples, and caps are reached.
SIZES = {
    "vocab_size": 11,
    "hidden_size": 8,
    "intermediate_size": 10,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 6,
    "query_pre_attn_scalar": 5,
    "sliding_window": 3,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "attn_implementation": "eager",
}
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ROTARY = {
    "full_attention": {"rope_type": "linear", "rope_theta": 100.0, "factor": 2.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 20.0},
}

save(__file__, {
    "source": source("transformers"),
    "cases": [
        language_model_case(
            "Gemma 2, scores and logits with caps",
            Gemma2ForCausalLM(
                Gemma2Config(**SIZES, num_hidden_layers=2, attn_logit_softcapping=2.0, final_logit_softcapping=3.0)
            ),
            LINEAR,
        ),
        language_model_case(
            "Gemma 3, heads normalized, two kinds of rotary positions",
            Gemma3ForCausalLM(
                Gemma3TextConfig(
                    **SIZES,
                    num_hidden_layers=3,
                    layer_types=["sliding_attention", "sliding_attention", "full_attention"],
                    rope_parameters=ROTARY,
                )
            ),
            LINEAR,
            # With the usual one the queries' gradients are a thousandth of the largest, where float32 has few digits left.
            seed=21,
        ),
    ],
})
