"""The most that a step of a small Llama holds beside weights and optimizer state, in bytes, and that state: all storages that operations
made, with gradients applied at the end of the backward pass or in a hook after each is accumulated."""

import gc
import json
import logging
import os
import sys
import warnings
from pathlib import Path

import torch
from apollo_torch import APOLLOAdamW
from bitsandbytes.optim import AdamW8bit
from bitsandbytes.optim.optimizer import Optimizer2State
from galore_torch import GaLoreAdamW, GaLoreAdamW8bit
from peft import LoraConfig, get_peft_model
from q_galore_torch import QGaLoreAdamW8bit
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).parent.parent))
from watch import Watch  # noqa: E402

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
torch.cuda.synchronize = lambda *_: None
B, T, RANK = 2, 12, 16
SHAPES = dict(hidden_size=128, intermediate_size=384, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=32,
              max_position_embeddings=64, rms_norm_eps=1e-5)
# The table is most in the first, and a kernel of a block in the other.
MODELS = {
    "table": dict(vocab_size=1024, tie_word_embeddings=False, **SHAPES),
    "tied": dict(vocab_size=1024, tie_word_embeddings=True, **SHAPES),
    "block": dict(vocab_size=64, tie_word_embeddings=False, **SHAPES),
}


def projected(extra, rank=RANK):
    """Kernels of blocks are projected, as in the packages' own scripts; with a gap of 1 the subspace is found anew in every step."""
    def groups(params, gap):
        own = [p for n, p in params if p.ndim == 2 and "layers" in n]
        rest = [p for n, p in params if not (p.ndim == 2 and "layers" in n)]
        made = [dict(params=own, rank=rank, update_proj_gap=gap, scale=0.25, proj_type="std", **extra)] if own else []
        return made + ([dict(params=rest)] if rest else [])
    return groups


# Both are written for a bitsandbytes that has these arguments; of 0.50 the places are those of `max_unorm` and `skip_zeros`.
NONE = dict(percentile_clipping=0, block_wise=False)
QGaLoreAdamW8bit.update_step = lambda self, group, p, gindex, pindex, **_: Optimizer2State.update_step(self, group, p, gindex, pindex)
plain = lambda params, _: [dict(params=[p for _, p in params])]
Q = dict(quant=True, quant_n_bit=4, quant_group_size=256, cos_threshold=0.4, gamma_proj=2, queue_size=5)
OPTIMIZERS = {
    "adamw": (lambda g: torch.optim.AdamW(g, foreach=True), plain),
    "adam-8bit": (lambda g: AdamW8bit(g), plain),
    "galore": (lambda g: GaLoreAdamW(g, no_deprecation_warning=True), projected({})),
    "galore-8bit": (lambda g: GaLoreAdamW8bit(g, **NONE), projected({})),
    "apollo": (lambda g: APOLLOAdamW(g), projected(dict(proj="random", scale_type="channel"))),
    "apollo-mini": (lambda g: APOLLOAdamW(g), projected(dict(proj="random", scale_type="tensor"), 1)),
    "q-galore": (lambda g: QGaLoreAdamW8bit(g, **NONE), projected(Q)),
}


def tensors_of(state, seen):
    """Storages of tensors that an optimizer keeps, projectors included; single numbers and shared tables of codes aside."""
    total = 0
    for name, value in (state.items() if isinstance(state, dict) else vars(state).items()):
        if isinstance(value, torch.Tensor) and value.numel() > 1 and not name.startswith("qmap"):
            storage = value.untyped_storage()
            if all(storage._cdata != t.untyped_storage()._cdata for t in seen):
                seen.append(value)
                total += storage.nbytes()
        elif hasattr(value, "ortho_matrix"):
            total += tensors_of(value, seen)
    return total


def measured(model, method, name, dtype, per_layer, checkpointing, gap):
    torch.manual_seed(0)
    made = LlamaForCausalLM(LlamaConfig(**MODELS[model], attn_implementation="sdpa")).to(getattr(torch, dtype))
    if method == "lora":
        made = get_peft_model(made, LoraConfig(r=RANK, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    if checkpointing == "block":
        made.gradient_checkpointing_enable({"use_reentrant": True})
        made.enable_input_require_grads()
    made.train()
    make, groups = OPTIMIZERS[name]
    trained = [(n, p) for n, p in made.named_parameters() if p.requires_grad]
    if per_layer:
        own = {p: make(groups([(n, p)], gap)) for n, p in trained}

        def apply(p):
            own[p].step()
            own[p].zero_grad()

        for _, p in trained:
            p.register_post_accumulate_grad_hook(apply)
        optimizers = list(own.values())
    else:
        optimizers = [make(groups(trained, gap))]
    ids = torch.arange(B * T).reshape(B, T) % 60 + 1
    mask = torch.ones(B, T, dtype=torch.long)
    mask[1, -3:] = 0
    torch.manual_seed(0)

    def step():
        out = made(input_ids=ids, attention_mask=mask, labels=ids)
        out.loss.backward()
        if not per_layer:
            optimizers[0].step()
            optimizers[0].zero_grad()

    step()
    gc.collect()
    seen = []
    state = sum(tensors_of(s, seen) for o in optimizers for s in o.state.values())
    codes = [t for o in optimizers for t in getattr(o, "name2qmap", {}).values()]
    with Watch([*made.parameters(), *made.buffers(), ids, mask, *seen, *codes], made.get_input_embeddings().weight.shape) as watch:
        del seen, codes
        step()
    return {"state": state, "peak": watch.most}


FULL = [(name, model, "full-ft", per_layer, checkpointing, gap)
        for name, (_, groups) in OPTIMIZERS.items()
        for gap in ((200, 1) if "galore" in name else (200,))
        for model, per_layer, checkpointing in (("table", True, "block"), ("tied", True, "block"), ("block", True, "none"),
                                                ("block", True, "block"), ("block", False, "block"))]
LORA = [(name, "block", "lora", per_layer, "block", 200) for name in ("adamw", "adam-8bit") for per_layer in (True, False)]

if __name__ == "__main__":
    cases = []
    for dtype in ("bfloat16", "float32"):
        for name, model, method, per_layer, checkpointing, gap in FULL + LORA:
            case = dict(model=model, method=method, optimizer=name, dtype=dtype, perLayer=per_layer, checkpointing=checkpointing, gap=gap)
            cases.append({**case, **measured(model, method, name, dtype, per_layer, checkpointing, gap)})
            print(cases[-1], flush=True)
    here = os.path.dirname(os.path.abspath(__file__))
    shapes = {name: {"model_type": "llama", **shapes} for name, shapes in MODELS.items()}
    with open(os.path.join(here, "../../vectors/memory/torch_updates.json"), "w") as file:
        json.dump({"configs": shapes, "batch": B, "sequence": T, "rank": RANK, "cases": cases}, file, indent=1)
        file.write("\n")
