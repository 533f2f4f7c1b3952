"""Bytes that autograd saves in a forward pass of models that drop numbers themselves: every storage once, parameters and buffers left out."""

import json
import os
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model

sys.path.append(str(Path(__file__).parent.parent))
from storages import saved_by  # noqa: E402

B, T = 2, 24
GPT2 = dict(n_embd=64, n_layer=3, n_head=4, n_positions=64, vocab_size=100)
BERT = dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=160, vocab_size=100, max_position_embeddings=64)


def model_of(name, attention, more):
    torch.manual_seed(0)
    if name == "gpt2":
        return GPT2Model(GPT2Config(**GPT2, **more, attn_implementation=attention))
    return BertModel(BertConfig(**BERT, **more, attn_implementation=attention), add_pooling_layer=False)


def saved(name, method, dtype, attention, more):
    model = model_of(name, attention, more).to(getattr(torch, dtype))
    if method == "lora":
        model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["query", "value"]))
    model.train()
    ids = torch.arange(B * T).reshape(B, T) % 90 + 1
    mask = torch.ones(B, T, dtype=torch.long)
    mask[1, -3:] = 0
    own = {t.untyped_storage().data_ptr() for t in [*model.parameters(), *model.buffers()]}
    _, found = saved_by(lambda: model(input_ids=ids, attention_mask=mask), own)
    return sum(found.values())


none = {"gpt2": {"attn_pdrop": 0.0, "resid_pdrop": 0.0, "embd_pdrop": 0.0},
        "bert": {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0}}
cases = []
for name in ("gpt2", "bert"):
    # An adapter of GPT-2's fused projections is one of peft, and three of ours.
    for method in ("full-ft",) if name == "gpt2" else ("full-ft", "lora"):
        for dtype in ("float32", "bfloat16"):
            hidden = {"attn_pdrop": 0.0} if name == "gpt2" else {"attention_probs_dropout_prob": 0.0}
            # On cores sdpa that drops weights is another function than on CUDA.
            for attention, more in (("eager", {}), ("eager", none[name]), ("eager", hidden), ("sdpa", hidden)):
                config = {"model_type": name, **(GPT2 if name == "gpt2" else BERT), **more}
                cases.append({"config": config, "method": method, "dtype": dtype, "attention": attention, "batch": B, "sequence": T,
                              "saved": saved(name, method, dtype, attention, more)})
                print(cases[-1], flush=True)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../../vectors/memory/torch_dropout.json"), "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
