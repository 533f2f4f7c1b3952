"""The most that a forward and a backward pass of LoRA over nf4 hold beside the weights, in bytes: all storages that operations made."""

import json
import logging
import os
import sys
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).parent.parent))
from storages import Peak  # noqa: E402

logging.disable(logging.WARNING)
B = 2
COMMON = dict(num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=32, vocab_size=100,
              max_position_embeddings=256, tie_word_embeddings=True, rms_norm_eps=1e-5)
# In the first the second half of a block holds most, in the other the scores of attention.
WIDE = dict(hidden_size=128, intermediate_size=448, **COMMON), 128
LONG = dict(hidden_size=128, intermediate_size=64, **COMMON), 256


def peak(shapes, tokens, prepared, attention, autocast, checkpointing):
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        LlamaForCausalLM(LlamaConfig(**shapes)).to(torch.bfloat16).save_pretrained(folder)
        config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
                                    bnb_4bit_compute_dtype=torch.bfloat16)
        model = AutoModelForCausalLM.from_pretrained(
            folder, quantization_config=config, dtype=torch.bfloat16, attn_implementation=attention, device_map="cpu")
    if prepared:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=checkpointing)
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": True})
        if not prepared:
            model.enable_input_require_grads()
    model.train()
    ids = torch.arange(B * tokens).reshape(B, tokens) % 90 + 1
    mask = torch.ones(B, tokens, dtype=torch.long)
    mask[1, -3:] = 0

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            out = model(input_ids=ids, attention_mask=mask, labels=ids)
        out.loss.backward()

    step()
    model.zero_grad()
    known = {t.untyped_storage()._cdata for t in [*model.parameters(), *model.buffers(), ids, mask]}
    with Peak(known) as most:
        step()
    return most.most


cases = []
for (shapes, tokens), attentions in ((WIDE, ("sdpa", "eager")), (LONG, ("eager",))):
    for prepared in (True, False):
        for attention in attentions:
            for checkpointing in (True, False):
                case = {"config": {"model_type": "llama", **shapes}, "batch": B, "sequence": tokens, "dtype": "nf4", "prepared": prepared,
                        "attention": attention, "autocast": prepared, "checkpointing": checkpointing}
                cases.append({**case, "peak": peak(shapes, tokens, prepared, attention, prepared, checkpointing)})
                print(cases[-1], flush=True)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../../vectors/memory/torch_peaks.json"), "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
