"""transformers' GPT-2 with random weights, in float64."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import language_model_case  # noqa: E402
from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402
from vector import save, source  # noqa: E402

config = GPT2Config(
    vocab_size=11,
    n_positions=8,
    n_embd=6,
    n_layer=2,
    n_head=2,
    n_inner=20,
    resid_pdrop=0.0,
    embd_pdrop=0.0,
    attn_pdrop=0.0,
    attn_implementation="eager",
)
# The fused projection of query, key and value carries one LoRA there and three here, so it is left out of that part.
save(__file__, {
    "source": source("transformers"),
    "cases": [language_model_case("tied head", GPT2LMHeadModel(config), ["attn.c_proj", "mlp.c_fc", "mlp.c_proj"])],
})
