"""transformers' ViT with random weights, in float64."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import image_case  # noqa: E402
from transformers import ViTConfig, ViTForImageClassification  # noqa: E402
from vector import save, source  # noqa: E402

config = lambda **options: ViTConfig(
    hidden_size=6,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=10,
    num_labels=3,
    attn_implementation="eager",
    **options,
)
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2"]
model = lambda **options: ViTForImageClassification(config(**options))
save(__file__, {
    "source": source("transformers"),
    "cases": [
        image_case("three channels", model(image_size=6, patch_size=2, num_channels=3), LINEAR, {"head": "classifier"}),
        image_case(
            "one channel, no bias of projections",
            model(image_size=4, patch_size=2, num_channels=1, qkv_bias=False),
            LINEAR,
            {"head": "classifier"},
        ),
    ],
})
