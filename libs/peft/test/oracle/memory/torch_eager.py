"""The most that a forward and a backward pass hold beside weights with eager attention, whose scores are most of a block, in bytes: every
storage that operations made, on fake tensors."""

import gc
import json
import logging
import os
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import (BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM,
                          Qwen2Config, Qwen2ForCausalLM)

sys.path.append(str(Path(__file__).parent.parent))
from watch import Watch  # noqa: E402

logging.disable(logging.WARNING)
torch.nn.Module.to = lambda self, *_, **__: self
LLAMA = dict(hidden_size=512, intermediate_size=1376, num_hidden_layers=4, num_attention_heads=8, vocab_size=1000, rms_norm_eps=1e-5,
             max_position_embeddings=2048, tie_word_embeddings=False)
BERT = dict(hidden_size=512, intermediate_size=2048, num_hidden_layers=4, num_attention_heads=8, vocab_size=1000, max_position_embeddings=2048,
            attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0)
GPT2 = dict(n_embd=512, n_layer=4, n_head=8, n_positions=2048, vocab_size=1000, attn_pdrop=0.0, resid_pdrop=0.0, embd_pdrop=0.0)
# The name, its configuration, that of transformers, the model, and layers that carry adapters.
MODELS = {
    "llama": ("llama", dict(num_key_value_heads=8, **LLAMA), LlamaConfig, LlamaForCausalLM, ["q_proj", "v_proj"]),
    "llama grouped": ("llama", dict(num_key_value_heads=2, **LLAMA), LlamaConfig, LlamaForCausalLM, ["q_proj", "v_proj"]),
    "qwen2": ("qwen2", dict(num_key_value_heads=2, **LLAMA), Qwen2Config, Qwen2ForCausalLM, ["q_proj", "v_proj"]),
    "gpt2": ("gpt2", GPT2, GPT2Config, GPT2LMHeadModel, None),
    "bert": ("bert", BERT, BertConfig, BertForSequenceClassification, ["query", "value"]),
}


def peak(name, method, dtype, checkpointing, padded, batch, tokens, attention):
    _, shapes, config, kind, targets = MODELS[name]
    with FakeTensorMode(allow_non_fake_inputs=True):
        torch.set_default_dtype(getattr(torch, dtype))
        made = kind(config(**shapes, attn_implementation=attention))
        torch.set_default_dtype(torch.float32)
        if method == "lora":
            made = get_peft_model(made, LoraConfig(r=8, lora_alpha=16, target_modules=targets))
        if checkpointing == "block":
            made.gradient_checkpointing_enable({"use_reentrant": True})
            made.enable_input_require_grads()
        made.train()
        ids = torch.zeros(batch, tokens, dtype=torch.long)
        mask = None
        if padded:
            causal = name != "bert"
            full = torch.zeros(batch, 1, tokens, tokens, dtype=torch.bool if attention == "sdpa" else getattr(torch, dtype))
            mask = full if causal else torch.zeros(batch, tokens, dtype=torch.long)
        gc.collect()
        # A mask that is given in four dimensions is used as it is; the model's own takes as much.
        held = [*made.parameters(), *made.buffers(), ids]
        with Watch(held) as watch:
            if padded and causal:
                watch.now = watch.most = mask.untyped_storage().nbytes()
                watch.known.add(mask.untyped_storage()._cdata)
            out = made(input_ids=ids, attention_mask=mask, labels=ids if name != "bert" else ids[:, 0])
            out.loss.backward()
        return watch.most


CASES = [(name, method, dtype, checkpointing, padded, batch, tokens, "eager")
         for name, (*_, targets) in MODELS.items()
         for method in (("lora", "full-ft") if targets else ("full-ft",))
         for dtype, checkpointing, padded, batch, tokens in (("bfloat16", "none", True, 2, 512), ("bfloat16", "block", True, 2, 512),
                                                           ("float32", "none", True, 1, 768), ("float32", "block", False, 1, 768),
                                                           ("bfloat16", "block", False, 2, 512))]

if __name__ == "__main__":
    cases = []
    for case in CASES:
        name, method, dtype, checkpointing, padded, batch, tokens, attention = case
        cases.append(dict(model=name, method=method, dtype=dtype, checkpointing=checkpointing, padded=padded, batch=batch, sequence=tokens,
                          attention=attention, peak=peak(*case)))
        print(cases[-1], flush=True)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../vectors/memory/torch_eager.json"), "w") as file:
        configs = {name: {"model_type": kind, **shapes} for name, (kind, shapes, *_) in MODELS.items()}
        json.dump({"configs": configs, "cases": cases}, file, indent=1)
        file.write("\n")
