"""Bytes that trainings of published sizes allocate and reserve: every storage of a step on fake tensors, replayed by the rules of
c10/cuda/CUDACachingAllocator.cpp for one stream. It needs no card and no memory of that size."""

import bisect
import gc
import json
import logging
import os
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).parent.parent))
from storages import Peak  # noqa: E402

logging.disable(logging.WARNING)
# Fake tensors are where they are to be.
torch.nn.Module.to = lambda self, *_, **__: self
MIB = 2**20
COMMON = {"model_type": "llama", "rms_norm_eps": 1e-5, "max_position_embeddings": 4096}
MODELS = {
    "1.1B": dict(hidden_size=2048, intermediate_size=5632, num_hidden_layers=22, num_attention_heads=32, num_key_value_heads=4,
                 vocab_size=32000, tie_word_embeddings=False, **COMMON),
    "3.2B": dict(hidden_size=3072, intermediate_size=8192, num_hidden_layers=28, num_attention_heads=24, num_key_value_heads=8,
                 vocab_size=128256, tie_word_embeddings=True, **COMMON),
}


class Allocator:
    """Blocks of segments: the smallest free one that suffices is taken, split where enough is left, and joined when it is free again."""

    def __init__(self):
        self.free, self.segments, self.reserved = {True: [], False: []}, [], 0

    def malloc(self, size):
        size = max(512, -(-size // 512) * 512)
        small = size <= MIB
        pool = self.free[small]
        at = bisect.bisect_left(pool, (size, -1, -1))
        if at < len(pool):
            found, segment, offset = pool.pop(at)
        else:
            found = 2 * MIB if small else 20 * MIB if size < 10 * MIB else -(-size // (2 * MIB)) * 2 * MIB
            self.segments.append({})
            segment, offset = len(self.segments) - 1, 0
            self.reserved += found
        rest = found - size
        blocks = self.segments[segment]
        if rest >= 512 if small else rest > MIB:
            blocks[offset], blocks[offset + size] = (size, False), (rest, True)
            bisect.insort(pool, (rest, segment, offset + size))
        else:
            blocks[offset] = (found, False)
        return small, segment, offset

    def release(self, small, segment, offset):
        blocks, pool = self.segments[segment], self.free[small]
        size = blocks[offset][0]
        after = offset + size
        if blocks.get(after, (0, False))[1]:
            rest = blocks.pop(after)[0]
            pool.remove((rest, segment, after))
            size += rest
        before = max((place for place in blocks if place < offset), default=None)
        if before is not None and blocks[before][1]:
            rest = blocks[before][0]
            pool.remove((rest, segment, before))
            blocks.pop(offset)
            offset, size = before, size + rest
        blocks[offset] = (size, True)
        bisect.insort(pool, (size, segment, offset))


class Replayed(Peak):
    def __init__(self):
        super().__init__()
        self.allocator = Allocator()

    def take(self, size):
        return self.allocator.malloc(size)

    def release(self, place):
        self.allocator.release(*place)


def replayed(model, method, batch, sequence, checkpointing, update):
    with FakeTensorMode(allow_non_fake_inputs=True), Replayed() as watch:
        torch.set_default_dtype(torch.bfloat16)
        made = LlamaForCausalLM(LlamaConfig(**MODELS[model], attn_implementation="sdpa"))
        torch.set_default_dtype(torch.float32)
        if method == "lora":
            made = get_peft_model(made, LoraConfig(r=16, lora_alpha=32, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
        if checkpointing == "block":
            made.gradient_checkpointing_enable({"use_reentrant": True})
            made.enable_input_require_grads()
        made.train()
        optimizer = torch.optim.AdamW([p for p in made.parameters() if p.requires_grad], foreach=update == "foreach")
        gc.collect()
        # Moments are there from the start, from the second step on.
        for _ in range(2):
            watch.most = watch.now
            ids = torch.zeros(batch, sequence, dtype=torch.long)
            mask = torch.zeros(batch, 1, sequence, sequence, dtype=torch.bool)
            out = made(input_ids=ids, attention_mask=mask, labels=ids)
            out.loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            del out
        return {"allocated": watch.most, "reserved": watch.allocator.reserved}


CASES = [
    ("1.1B", "lora", 1, 512, "block", "foreach"),
    ("1.1B", "lora", 2, 1024, "block", "foreach"),
    ("1.1B", "lora", 8, 300, "block", "foreach"),
    ("1.1B", "lora", 1, 512, "none", "foreach"),
    ("1.1B", "lora", 2, 777, "none", "foreach"),
    ("1.1B", "full-ft", 4, 512, "block", "foreach"),
    ("1.1B", "full-ft", 4, 512, "none", "foreach"),
    ("3.2B", "lora", 2, 1500, "block", "foreach"),
    ("3.2B", "lora", 4, 768, "block", "foreach"),
    ("3.2B", "lora", 4, 768, "none", "foreach"),
    ("3.2B", "full-ft", 1, 2048, "block", "for-loop"),
]
cases = []
for case in CASES:
    model, method, batch, sequence, checkpointing, update = case
    cases.append({"model": model, "method": method, "batch": batch, "sequence": sequence, "checkpointing": checkpointing, "update": update,
                  **replayed(*case)})
    print(cases[-1], flush=True)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../../vectors/memory/torch_replayed.json"), "w") as file:
    json.dump({"configs": MODELS, "cases": cases}, file, indent=1)
    file.write("\n")
