"""The base of an order with its adapter on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

from .wire import RunnerBase, RunnerDevice, RunnerTask

MODEL = "base_model."
MODULE = "base_model.model."

DTYPES = {"float32": torch.float32}


@dataclass(frozen=True)
class Adapted:
    model: PeftModel
    device: torch.device
    #: What is trained, by name, in the model's order.
    trained: dict[str, torch.nn.Parameter]
    #: Names of `trained` that belong to the head.
    head: frozenset[str]
    #: Names of `trained` that weight decay acts on.
    decayed: frozenset[str]

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.trained.values())

    @property
    def decayed_parameters(self) -> int:
        return sum(self.trained[name].numel() for name in self.decayed)


def key_of(name: str) -> str:
    """The key of a parameter in the files of an adapter, which leave out how peft holds it."""
    return name.replace(".modules_to_save.default.", ".").replace(".default", "", 1)


def is_among(keys: Sequence[str], name: str) -> bool:
    """Whether the keys of a file have a parameter. What layers share stands there once, and here at the first."""
    key = key_of(name)
    shared = (each.removeprefix(MODEL) for each in keys if not each.startswith(MODULE))
    return key in keys or any(key.endswith(f".{end}") for end in shared)


def open_device(device: RunnerDevice) -> torch.device:
    torch.set_num_threads(device["threads"])
    if device["kind"] == "cpu":
        return torch.device("cpu")
    for index in range(torch.cuda.device_count()):
        if f"GPU-{torch.cuda.get_device_properties(index).uuid}" == device["uuid"]:
            return torch.device("cuda", index)
    raise ValueError(f"the card {device['uuid']} is not among the {torch.cuda.device_count()} that torch computes on")


def open_base(base: RunnerBase, task: RunnerTask) -> torch.nn.Module:
    config: Any = AutoConfig.from_pretrained(base["path"], trust_remote_code=False)
    # The order says what is dropped, which is nothing.
    for name in list(vars(config)):
        if "dropout" in name or name.endswith("pdrop"):
            setattr(config, name, 0.0)
    how: dict[str, Any] = {
        "dtype": DTYPES[base["dtype"]],
        "attn_implementation": base["attention"],
        "trust_remote_code": False,
        "use_safetensors": True,
        "local_files_only": True,
    }
    if task["outputs"] is None:
        return AutoModelForCausalLM.from_pretrained(base["path"], config=config, **how)
    config.num_labels = task["outputs"]
    return AutoModelForSequenceClassification.from_pretrained(base["path"], config=config, **how)


def open_adapted(
    base: RunnerBase,
    task: RunnerTask,
    adapter: str,
    device: RunnerDevice,
    *,
    is_trained: bool,
    decayed: Sequence[str] = (),
) -> Adapted:
    place = open_device(device)
    model: Any = open_base(base, task)
    if base["checkpointing"] and is_trained:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    adapted = PeftModel.from_pretrained(model, adapter, is_trainable=is_trained, local_files_only=True).to(place)
    trained = {name: each for name, each in adapted.named_parameters() if each.requires_grad}
    head = frozenset(name for name in trained if ".modules_to_save." in name)
    return Adapted(adapted, place, trained, head, frozenset(name for name in trained if is_among(decayed, name)))


def save_adapter(adapted: Adapted, folder: Path) -> str:
    adapted.model.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
    return str(folder)
