"""Milliseconds that the runner of torch takes beside a loop of torch and peft alone: `runner_overhead.py JSON` prints milliseconds of steps of either.

Both train LoRA on the same base, batches and optimizer in this process, in turns of some steps, so that other work of the machine meets
both. The runner's lines go to a pipe that a thread empties.
"""

import hashlib
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save
from transformers import AutoConfig, AutoModelForSequenceClassification

from rankforge_torch.channel import Attempt, Channel
from rankforge_torch.run import Training

asked = json.loads(sys.argv[1])
batch, sequence, turns, steps_of_turn = asked["batch"], asked["sequence"], asked["turns"], asked["stepsOfTurn"]
steps = turns * steps_of_turn
torch.set_num_threads(asked["threads"])


def adapted(dropout=0.0):
    config = AutoConfig.from_pretrained(asked["folder"], num_labels=2)
    for name in list(vars(config)):
        if "dropout" in name:
            setattr(config, name, dropout)
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(asked["folder"], config=config, dtype=torch.float32)
    lora = LoraConfig(r=8, lora_alpha=8, target_modules=["query", "value"], task_type="SEQ_CLS")
    return get_peft_model(model, lora)


class Bare:
    """The loop that one writes by hand."""

    def __init__(self, rows):
        self.rows = rows
        self.model = adapted().train()
        self.trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=1e-3, weight_decay=0.0)
        self.losses = []

    def one_step(self):
        tokens, targets = self.rows["tokens"].long(), self.rows["targets"].long()
        logits = self.model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits
        loss = torch.nn.functional.cross_entropy(logits, targets)
        loss.backward()
        self.losses.append(loss.item())
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def order_of(folder, rows):
    (folder / "work").mkdir()
    adapted().save_pretrained(str(folder / "adapter"))
    keys = load_file(folder / "adapter" / "adapter_model.safetensors")

    def file(name, content):
        (folder / name).write_bytes(content)
        return {"path": str(folder / name), "sha256": hashlib.sha256(content).hexdigest()}

    data = file("rows.safetensors", save(rows))
    plan = {"batches": [[list(range(batch))]] * steps, "rates": [1e-3] * steps}
    return {
        "version": 1, "type": "run", "trial": "overhead", "attempt": 1, "sequence": 0,
        "base": {"path": asked["folder"], "sha256": "0" * 64, "dtype": "float32", "attention": "sdpa", "checkpointing": False},
        "task": {"loss": "crossEntropy", "outputs": 2},
        "adapter": str(folder / "adapter"),
        "data": {"train": data, "validation": data},
        "plan": file("plan.json", json.dumps(plan).encode()),
        "steps": steps, "microBatch": batch, "accumulate": 1,
        "optimizer": {"name": "adamw", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0,
                      "decayed": [key for key, value in keys.items() if value.dim() == 2], "headRate": 1.0},
        "clipNorm": 1.0, "seed": 0, "budgetBytes": 2**40,
        "device": {"kind": "cpu", "uuid": None, "threads": asked["threads"]},
        "evaluateEvery": None, "checkpointEvery": None, "resume": None, "workdir": str(folder / "work"),
    }  # fmt: skip


generator = torch.Generator().manual_seed(1)
rows = {
    "tokens": torch.randint(5, 20_000, (batch, sequence), generator=generator, dtype=torch.int32),
    "lengths": torch.full((batch,), sequence, dtype=torch.int32),
    "targets": torch.arange(batch, dtype=torch.int32) % 2,
}
read, write = os.pipe()
said = []
threading.Thread(target=lambda: said.extend(os.fdopen(read, "rb")), daemon=True).start()
with tempfile.TemporaryDirectory() as place:
    order = order_of(Path(place), rows)
    with Attempt(Channel(open(os.devnull, "rb"), os.fdopen(write, "wb")), order) as attempt:
        runner, bare = Training(order, attempt), Bare(rows)
        times = {"runner": [], "bare": []}
        for turn in range(turns):
            pair = [("runner", runner), ("bare", bare)]
            for name, each in pair if turn % 2 == 0 else reversed(pair):
                for _ in range(steps_of_turn):
                    began = time.perf_counter()
                    each.one_step()
                    times[name].append((time.perf_counter() - began) * 1000)
attempt._channel._target.close()
losses = [line["loss"] for line in map(json.loads, said) if line["type"] == "progress"]
print(json.dumps({**times, "lossDifference": max(abs(a - b) / b for a, b in zip(losses, bare.losses, strict=True))}))
