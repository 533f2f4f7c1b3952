"""A tiny base with an adapter, and orders for it, as a worker makes them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save
from transformers import BertConfig, BertForSequenceClassification, LlamaConfig, LlamaForCausalLM

from rankforge_torch.wire import RunnerFile

LENGTH = 6
STEPS = 4


class Orders:
    """Orders of a trial whose files lie in a folder."""

    def __init__(self, folder: Path, outputs: int | None) -> None:
        self.folder = folder
        self.outputs = outputs
        torch.manual_seed(0)
        small: dict[str, Any] = {"vocab_size": 16, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2}
        if outputs is None:
            model: Any = LlamaForCausalLM(LlamaConfig(**{**small, "num_attention_heads": 2, "num_key_value_heads": 1}))
            targets, task = ["q_proj", "v_proj"], "CAUSAL_LM"
        else:
            config = BertConfig(
                **{**small, "num_attention_heads": 2, "max_position_embeddings": 16, "num_labels": outputs}
            )
            model, targets, task = BertForSequenceClassification(config), ["query", "value"], "SEQ_CLS"
        model.save_pretrained(folder / "base")
        adapted = get_peft_model(model, LoraConfig(r=2, lora_alpha=2, target_modules=targets, task_type=task))
        adapted.save_pretrained(str(folder / "adapter"))
        for split, size in (("train", 8), ("validation", 3), ("test", 3)):
            (folder / f"{split}.safetensors").write_bytes(save(self.rows(size)))
        batches = [[[step % 8, (step + 1) % 8], [(step + 2) % 8, (step + 3) % 8]] for step in range(STEPS)]
        (folder / "plan.json").write_text(json.dumps({"batches": batches, "rates": [0.01, 0.02, 0.01, 0.005]}))

    def rows(self, size: int) -> dict[str, torch.Tensor]:
        tokens = torch.randint(1, 16, (size, LENGTH), dtype=torch.int32)
        lengths = torch.randint(2, LENGTH + 1, (size,), dtype=torch.int32)
        if self.outputs is None:
            targets = torch.roll(tokens, -1, 1)
            targets[torch.arange(LENGTH)[None, :] >= lengths[:, None] - 1] = -1
            return {"tokens": tokens, "lengths": lengths, "targets": targets}
        if self.outputs == 1:
            return {"tokens": tokens, "lengths": lengths, "values": torch.randn(size)}
        return {"tokens": tokens, "lengths": lengths, "targets": tokens[:, 0] % self.outputs}

    def matrices(self) -> list[str]:
        tensors = load_file(self.folder / "adapter" / "adapter_model.safetensors")
        return [name for name, tensor in tensors.items() if tensor.dim() == 2]

    def file(self, name: str) -> RunnerFile:
        path = self.folder / name
        return {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}

    def common(self, attempt: int) -> dict[str, Any]:
        loss = {None: "tokenCrossEntropy", 1: "squaredError"}.get(self.outputs, "crossEntropy")
        workdir = self.folder / f"work-{attempt}"
        workdir.mkdir(exist_ok=True)
        return {
            "version": 1,
            "trial": self.folder.name,
            "attempt": attempt,
            "sequence": 0,
            "base": {
                "path": str(self.folder / "base"),
                "sha256": "0" * 64,
                "dtype": "float32",
                "attention": "sdpa",
                "checkpointing": False,
            },
            "task": {"loss": loss, "outputs": self.outputs},
            "microBatch": 2,
            "device": {"kind": "cpu", "uuid": None, "threads": 1},
            "workdir": str(workdir),
        }

    def run(self, attempt: int = 1, **changed: Any) -> dict[str, Any]:
        order = {
            **self.common(attempt),
            "type": "run",
            "adapter": str(self.folder / "adapter"),
            "data": {"train": self.file("train.safetensors"), "validation": self.file("validation.safetensors")},
            "plan": self.file("plan.json"),
            "steps": STEPS,
            "accumulate": 2,
            "optimizer": {
                "name": "adamw",
                "beta1": 0.9,
                "beta2": 0.999,
                "epsilon": 1e-8,
                "weightDecay": 0.1,
                "decayed": self.matrices(),
                "headRate": 1.0,
            },
            "clipNorm": 1.0,
            "seed": 0,
            "budgetBytes": 1_000_000_000,
            "evaluateEvery": 2,
            "checkpointEvery": 2,
            "resume": None,
        }
        return {**order, **changed}

    def score(self, attempt: int, adapter: str) -> dict[str, Any]:
        data = {"test": self.file("test.safetensors")}
        return {**self.common(attempt), "type": "score", "adapter": adapter, "data": data}


@pytest.fixture(params=[None, 3, 1], ids=["tokens", "classes", "number"])
def orders(request: pytest.FixtureRequest, tmp_path: Path) -> Orders:
    return Orders(tmp_path, request.param)


@pytest.fixture
def classes(tmp_path: Path) -> Orders:
    return Orders(tmp_path, 3)
