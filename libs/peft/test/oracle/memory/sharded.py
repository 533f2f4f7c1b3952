"""
What each of several cards holds from step to step, from the equations of ZeRO (arXiv 1910.02054, section 5 and figure 1), with the
numbers of bytes of full fine-tuning in bfloat16 with AdamW whose states are bfloat16 too: 2 for a parameter, 2 for its gradient, 4 for
its two moments. Parameters are counted by transformers; units are its decoder layers, and the root is all else.

    python libs/peft/test/oracle/memory/sharded.py > libs/peft/test/vectors/memory/sharded.json
"""
import json
import math

import torch
from transformers import AutoConfig, AutoModelForCausalLM

CONFIG = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 100,
    "max_position_embeddings": 64,
    "tie_word_embeddings": False,
    "rms_norm_eps": 1e-05,
}
PARAMETER, GRADIENT, MOMENTS = 2, 2, 4


def held(psi: int, cards: int, stage: int) -> dict[str, int]:
    """P_os, P_os+g and P_os+g+p, and none of them."""
    share = lambda bytes_, from_stage: math.ceil(bytes_ / cards) if stage >= from_stage else bytes_
    return {
        "weights": share(PARAMETER * psi, 3),
        "gradients": share(GRADIENT * psi, 2),
        "optimizer": share(MOMENTS * psi, 1),
    }


with torch.device("meta"):
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**CONFIG))
psi = sum(parameter.numel() for parameter in model.parameters())
layer = sum(parameter.numel() for parameter in model.model.layers[0].parameters())
root = psi - CONFIG["num_hidden_layers"] * layer

STAGES = {"ddp": 0, "zero1": 1, "zero2": 2, "zero3": 3, "fsdp": 3}
cases = []
for shard, stage in STAGES.items():
    for cards in (2, 4, 7):
        cases.append(
            {
                "shard": shard,
                "gpus": cards,
                "held": held(psi, cards, stage),
                # DDP copies gradients to buckets; DeepSpeed's of 5e8 numbers hold all of so small a model.
                "buckets": 0 if shard == "fsdp" else GRADIENT * psi,
                # A root and two layers with the gradients of one; DeepSpeed's 1e9 numbers that may stay gathered are all of the model.
                "gathered": {
                    "fsdp": {"loss": PARAMETER * root, "block": PARAMETER * (root + 2 * layer) + GRADIENT * layer},
                    "zero3": {"loss": PARAMETER * psi, "block": PARAMETER * psi},
                }.get(shard, {"loss": 0, "block": 0}),
            }
        )
print(json.dumps({"config": CONFIG, "psi": psi, "cases": cases}, indent=1))
