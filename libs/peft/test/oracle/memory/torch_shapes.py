"""Models that estimates know by their shapes alone, in transformers and peft: their parameters, what autograd saves of a forward pass, and
the most that a forward and a backward pass hold beside weights, in bytes."""

import json
import logging
import os
import sys
import warnings
from pathlib import Path

import torch
from peft import LoraConfig, VeraConfig, get_peft_model
from transformers import (GemmaConfig, GemmaForCausalLM, MixtralConfig, MixtralForCausalLM, Phi3Config, Phi3ForCausalLM, Qwen3MoeConfig,
                          Qwen3MoeForCausalLM)

sys.path.append(str(Path(__file__).parent.parent))
from storages import Peak, saved_by  # noqa: E402

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
B = 2
COMMON = dict(hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, vocab_size=100,
              max_position_embeddings=256, pad_token_id=0)
MIXTRAL = dict(COMMON, num_local_experts=4, num_experts_per_tok=2)
QWEN = dict(COMMON, head_dim=16, num_experts=8, num_experts_per_tok=3, moe_intermediate_size=48)
MODELS = {
    "mixtral": ("mixtral", MIXTRAL, MixtralConfig, MixtralForCausalLM),
    "mixtral wide": ("mixtral", dict(MIXTRAL, hidden_size=128, intermediate_size=448, num_hidden_layers=2), MixtralConfig, MixtralForCausalLM),
    "qwen3_moe": ("qwen3_moe", QWEN, Qwen3MoeConfig, Qwen3MoeForCausalLM),
    # The block in the middle has no experts, as `decoder_sparse_step` or `mlp_only_layers` says, and weights are made to add up to 1.
    "qwen3_moe mixed": ("qwen3_moe", dict(QWEN, mlp_only_layers=[1], norm_topk_prob=True, attention_bias=True), Qwen3MoeConfig,
                        Qwen3MoeForCausalLM),
    "qwen3_moe wide": ("qwen3_moe", dict(QWEN, hidden_size=128, moe_intermediate_size=96, num_hidden_layers=2), Qwen3MoeConfig,
                       Qwen3MoeForCausalLM),
    "phi3": ("phi3", COMMON, Phi3Config, Phi3ForCausalLM),
    "phi3 ungrouped": ("phi3", dict(COMMON, num_key_value_heads=4, resid_pdrop=0.1), Phi3Config, Phi3ForCausalLM),
    "phi3 wide": ("phi3", dict(COMMON, hidden_size=128, intermediate_size=448, num_hidden_layers=2), Phi3Config, Phi3ForCausalLM),
    "gemma": ("gemma", dict(COMMON, head_dim=32), GemmaConfig, GemmaForCausalLM),
    "gemma wide": ("gemma", dict(COMMON, hidden_size=128, intermediate_size=448, num_hidden_layers=2, head_dim=32), GemmaConfig,
                   GemmaForCausalLM),
}


def made(name, method, dtype, attention, checkpointing, targets):
    kind, shapes, config, model = MODELS[name]
    torch.manual_seed(0)
    model = model(config(**shapes, attn_implementation=attention)).to(getattr(torch, dtype))
    parameters = sum(p.numel() for p in model.parameters())
    names = targets or (["qkv_proj"] if kind == "phi3" else ["q_proj", "v_proj"])
    if names == ["all-linear"]:
        names = "all-linear"
    set_up = {"target_modules": names, "task_type": "CAUSAL_LM"}
    if method == "lora":
        model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, **set_up))
    if method == "vera":
        model = get_peft_model(model, VeraConfig(r=4, **set_up))
    if checkpointing == "block":
        model.gradient_checkpointing_enable({"use_reentrant": True})
        model.enable_input_require_grads()
    model.train()
    return model, parameters, sum(p.numel() for p in model.parameters() if p.requires_grad)


def batch(tokens, padded):
    ids = torch.arange(B * tokens).reshape(B, tokens) % 90 + 1
    mask = torch.ones(B, tokens, dtype=torch.long)
    if padded:
        mask[1, -3:] = 0
    return dict(input_ids=ids, attention_mask=mask, labels=ids)


def saved(name, method, dtype, attention, padded, checkpointing="none", targets=None):
    model, parameters, trained = made(name, method, dtype, attention, checkpointing, targets)
    own = {t.untyped_storage().data_ptr() for t in [*model.parameters(), *model.buffers()]}
    inputs = batch(24, padded)
    _, found = saved_by(lambda: model(**inputs), own)
    return {"batch": B, "sequence": 24, "parameters": parameters, "trained": trained, "bytes": sum(found.values())}


def peak(name, method, dtype, attention, padded, checkpointing, tokens, targets=None):
    model, *_ = made(name, method, dtype, attention, checkpointing, targets)
    inputs = batch(tokens, padded)

    def step():
        out = model(**inputs)
        out.loss.backward()

    step()
    model.zero_grad()
    known = {t.untyped_storage()._cdata for t in [*model.parameters(), *model.buffers(), *inputs.values()]}
    with Peak(known) as most:
        step()
    return {"batch": B, "sequence": tokens, "peak": most.most}


ALL = [name for name in MODELS if not name.endswith("wide")]
EXPERTS = {"mixtral": ["w1", "w2", "w3"], "qwen3_moe": ["q_proj", "gate_proj", "up_proj", "down_proj"]}
SAVED = [
    *[(name, "lora", "bfloat16", "sdpa", True) for name in ALL],
    *[(name, "lora", "float32", "eager", True) for name in ALL],
    *[(name, "lora", "bfloat16", "sdpa", False) for name in ALL],
    *[(name, "full-ft", "bfloat16", "sdpa", True) for name in ALL],
    *[(name, "full-ft", "float32", "eager", True) for name in ALL],
    *[(name, "vera", "bfloat16", "sdpa", True) for name in ALL],
    *[(name, "lora", "bfloat16", "sdpa", True, {"checkpointing": "block"}) for name in ALL],
    *[(name, "lora", dtype, "sdpa", True, {"targets": targets}) for name, targets in EXPERTS.items() for dtype in ("bfloat16", "float32")],
    *[(name, "lora", "bfloat16", "sdpa", True, {"targets": ["all-linear"]}) for name in ("phi3", "gemma")],
]
PEAKS = [
    *[(name, method, dtype, attention, True, checkpointing, 128) for name in MODELS if name.endswith("wide")
      for method, dtype, attention, checkpointing in (("lora", "bfloat16", "sdpa", "none"), ("lora", "bfloat16", "sdpa", "block"),
                                                      ("lora", "float32", "eager", "block"), ("full-ft", "bfloat16", "sdpa", "none"))],
    *[(f"{name} wide", "lora", "bfloat16", "sdpa", True, checkpointing, 128, targets) for name, targets in EXPERTS.items()
      for checkpointing in ("none", "block")],
]

if __name__ == "__main__":
    names = ("model", "method", "dtype", "attention", "padded")
    savings, peaks = [], []
    for *case, more in ((*case, {}) if len(case) == 5 else case for case in SAVED):
        savings.append({**dict(zip(names, case)), **more, **saved(*case, **more)})
        print(savings[-1], flush=True)
    for case in PEAKS:
        more = {"targets": case[7]} if len(case) == 8 else {}
        peaks.append({**dict(zip((*names, "checkpointing"), case)), **more, **peak(*case)})
        print(peaks[-1], flush=True)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../vectors/memory/torch_shapes.json"), "w") as file:
        configs = {name: {"model_type": kind, **shapes} for name, (kind, shapes, *_) in MODELS.items()}
        json.dump({"configs": configs, "saved": savings, "peaks": peaks}, file, indent=1)
        file.write("\n")
