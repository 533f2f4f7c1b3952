"""What transformers, peft and bitsandbytes hold of a quantized base, in bytes: its weights, what autograd saves in a forward pass, and all
numbers that are alive after it."""

import gc
import json
import logging
import os
import sys
import tempfile
import weakref
from pathlib import Path

import bitsandbytes.autograd._functions as products
import torch
from peft import IA3Config, LoraConfig, VeraConfig, get_peft_model, prepare_model_for_kbit_training
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).parent.parent))
from storages import saved_by  # noqa: E402

logging.disable(logging.WARNING)
# On cores bitsandbytes takes another function for products of 8 bits, whose results autocast makes smaller; on CUDA it takes this one.
products.MatMul8bitFp.apply = lambda *given: products.MatMul8bitLt.apply(*given)

B, T = 2, 24
LLAMA = dict(hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             head_dim=16, vocab_size=100, max_position_embeddings=64, tie_word_embeddings=True, rms_norm_eps=1e-5)


class Alive(TorchDispatchMode):
    """Storages that operations made and that are still there."""

    def __init__(self, known):
        super().__init__()
        self.known, self.storages = known, {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in tree_iter(out):
            if isinstance(t, torch.Tensor) and t.untyped_storage()._cdata not in self.known:
                storage = t.untyped_storage()
                if storage._cdata not in self.storages:
                    weakref.finalize(storage, self.storages.pop, storage._cdata, None)
                self.storages[storage._cdata] = (storage.nbytes(), t.is_floating_point())
        return out


def quantized(dtype, attention, prepared, double, checkpointing):
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        LlamaForCausalLM(LlamaConfig(**LLAMA)).to(torch.bfloat16).save_pretrained(folder)
        config = BitsAndBytesConfig(load_in_8bit=True) if dtype == "int8" else BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=double, bnb_4bit_compute_dtype=torch.bfloat16)
        model = AutoModelForCausalLM.from_pretrained(
            folder, quantization_config=config, dtype=torch.bfloat16, attn_implementation=attention, device_map="cpu")
    again = {"use_gradient_checkpointing": checkpointing == "block", "gradient_checkpointing_kwargs": {"use_reentrant": True}}
    return prepare_model_for_kbit_training(model, **again) if prepared else model


def weights_of(model):
    """Every storage of parameters, of their scales and of the tables of both."""
    found = {}
    for p in model.parameters():
        state = getattr(p, "quant_state", None)
        scales = [state.absmax, state.code] if state is not None else [p.SCB] if getattr(p, "SCB", None) is not None else []
        if state is not None and state.nested:
            scales += [state.offset, state.state2.absmax, state.state2.code]
        for t in [p, *scales]:
            found[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
    return sum(found.values())


def held(method, dtype, attention, prepared, padded=True, double=True, autocast=False, dropout=0.0, checkpointing="none"):
    model = quantized(dtype, attention, prepared, double, checkpointing)
    weights = weights_of(model)
    kind = {"target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM"}
    model = get_peft_model(model, {
        "lora": lambda: LoraConfig(r=4, lora_alpha=8, lora_dropout=dropout, **kind),
        "dora": lambda: LoraConfig(r=4, lora_alpha=8, use_dora=True, **kind),
        "vera": lambda: VeraConfig(r=4, **kind),
        "ia3": lambda: IA3Config(feedforward_modules=[], **kind),
    }[method]())
    if checkpointing == "block" and not prepared:
        model.gradient_checkpointing_enable({"use_reentrant": True})
        model.enable_input_require_grads()
    model.train()
    ids = torch.arange(B * T).reshape(B, T) % 90 + 1
    mask = torch.ones(B, T, dtype=torch.long)
    if padded:
        mask[1, -3:] = 0

    def forward():
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            return model(input_ids=ids, attention_mask=mask, labels=ids)

    # The first pass makes biases and types of products what they stay.
    forward()
    gc.collect()
    known = [t.untyped_storage() for t in [*model.parameters(), *model.buffers(), ids, mask]]
    out, found = saved_by(forward, {storage.data_ptr() for storage in known})
    logits = out.logits.untyped_storage().nbytes()
    saved = sum(found.values())
    del out, found
    gc.collect()
    with Alive({storage._cdata for storage in known}) as alive:
        out = forward()
        gc.collect()
        # Whole numbers, such as labels and places, are of no size; masks of attention are a byte for each pair.
        numbers = sum(size for size, floats in alive.storages.values() if floats)
    return {"weights": weights, "saved": saved, "alive": numbers, "logits": logits}


CASES = [
    *[("lora", dtype, attention, prepared, more)
      for dtype in ("nf4", "int8") for attention in ("sdpa", "eager") for prepared in (True, False)
      for more in ({}, {"autocast": True}, {"checkpointing": "block"}, {"autocast": True, "checkpointing": "block"})],
    ("lora", "nf4", "sdpa", True, {"padded": False}),
    ("lora", "nf4", "sdpa", True, {"padded": False, "autocast": True}),
    ("lora", "nf4", "sdpa", False, {"padded": False}),
    ("lora", "nf4", "sdpa", True, {"double": False}),
    ("lora", "nf4", "sdpa", True, {"dropout": 0.1}),
    ("lora", "nf4", "sdpa", False, {"dropout": 0.1}),
    ("dora", "nf4", "sdpa", True, {}),
    ("dora", "nf4", "sdpa", False, {}),
    ("vera", "nf4", "sdpa", True, {}),
    ("vera", "nf4", "sdpa", False, {}),
    ("ia3", "nf4", "sdpa", True, {}),
]
cases = []
for method, dtype, attention, prepared, more in CASES:
    cases.append({"method": method, "dtype": dtype, "attention": attention, "prepared": prepared, **more, "batch": B, "sequence": T,
                  **held(method, dtype, attention, prepared, **more)})
    print(cases[-1], flush=True)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../../vectors/memory/torch_quantized.json"), "w") as file:
    json.dump({"config": {"model_type": "llama", **LLAMA}, "cases": cases}, file, indent=1)
    file.write("\n")
