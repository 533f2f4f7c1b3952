"""Floating-point operations of a training step as torch counts them, product by product, on a small Llama with peft's LoRA.

`torch.utils.flop_counter` counts the operations that a pass really asks for, at two for each multiplication with an addition.
Rotary embeddings make their angles by a product in Hugging Face, and by none here: its module is taken off.
"""

import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import save  # noqa: E402

BATCH, SEQUENCE, RANK = 2, 12, 4
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def model() -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=512,
        hidden_size=64,
        intermediate_size=176,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=64,
        tie_word_embeddings=False,
        attn_implementation="eager",
    )
    return LlamaForCausalLM(config)


def count(module: torch.nn.Module) -> dict[str, int]:
    ids = torch.zeros(BATCH, SEQUENCE, dtype=torch.long)

    def flops(backward: bool) -> int:
        with FlopCounterMode(display=False) as counter:
            loss = module(input_ids=ids, labels=ids).loss
            if backward:
                loss.backward()
        angles = {
            name: sum(ops.values()) for name, ops in counter.get_flop_counts().items() if name.endswith("rotary_emb")
        }
        return counter.get_total_flops() - max(angles.values(), default=0)

    forward = flops(backward=False)
    return {"forward": forward, "backward": flops(backward=True) - forward}


def adapted(targets: list[str]) -> torch.nn.Module:
    return get_peft_model(model(), LoraConfig(r=RANK, target_modules=targets, task_type="CAUSAL_LM"))


save(__file__, {
    "source": "torch.utils.flop_counter of torch 2.13.0, on transformers 5.24.0 with peft 0.21.2",
    "batchSize": BATCH,
    "sequence": SEQUENCE,
    "cases": [
        {"method": "full-ft", "config": {}, "targets": ["query"], **count(model())},
        {"method": "lora", "config": {"rank": RANK}, "targets": ["query", "value"], **count(adapted(["q_proj", "v_proj"]))},
        {
            "method": "lora",
            "config": {"rank": RANK},
            "targets": ["query", "key", "value", "output", "gate", "up", "down"],
            **count(adapted(ALL)),
        },
    ],
})
