"""A training between two steps, as one file: what is trained, optimizer, random state, place in the data."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load

from .files import read_bytes, write_tensors
from .shards import shared_as, whole
from .wire import RunnerFile

FORMAT = "rankforge-torch-1"
RANDOM = "random"


def state_of(trained: dict[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Whole tensors of a checkpoint; ranks that hold shares of them ask together."""
    tensors = {f"trained/{name}": whole(parameter.detach()).cpu() for name, parameter in trained.items()}
    for name, parameter in trained.items():
        for key, value in optimizer.state[parameter].items():
            tensors[f"optimizer/{key}/{name}"] = whole(torch.as_tensor(value)).cpu()
    return {**tensors, RANDOM: torch.get_rng_state()}


def write_checkpoint(workdir: Path, tensors: dict[str, torch.Tensor], *, step: int, examples: int) -> RunnerFile:
    place = {"format": FORMAT, "place": json.dumps({"step": step, "examples": examples})}
    return write_tensors(workdir, f"checkpoint-{step}.safetensors", tensors, place)


def read_checkpoint(
    file: RunnerFile, trained: dict[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer
) -> tuple[int, int]:
    """Puts a checkpoint's values in their places and returns its step and its examples."""
    tensors = load(read_bytes(file))
    with safe_open(file["path"], "pt") as opened:
        metadata = opened.metadata() or {}
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{file['path']} is no checkpoint of this runner: its format is {metadata.get('format')!r}")
    torch.set_rng_state(tensors.pop(RANDOM))
    with torch.no_grad():
        for name, parameter in trained.items():
            value = tensors.pop(f"trained/{name}", None)
            if value is None or value.shape != parameter.shape:
                found = "nothing" if value is None else list(value.shape)
                raise ValueError(f"{file['path']} has {found} for {name}; {list(parameter.shape)} is trained")
            parameter.copy_(shared_as(value, parameter))
    for key in list(tensors):
        part, field, name = key.split("/", 2)
        if part != "optimizer" or name not in trained:
            raise ValueError(f"{file['path']} has {key}, which this training does not")
        value, parameter = tensors.pop(key), trained[name]
        # The number of steps stays on the host, as the optimizer made it.
        kept = value if field == "step" else shared_as(value.to(parameter.device), parameter)
        optimizer.state[parameter][field] = kept
    place = json.loads(metadata["place"])
    return int(place["step"]), int(place["examples"])
