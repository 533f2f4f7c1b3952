"""Files with digests: what is read is what was ordered, and what is written stays in the folder of the order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load, save

from .wire import RunnerFile


def read_bytes(file: RunnerFile) -> bytes:
    content = Path(file["path"]).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != file["sha256"]:
        raise ValueError(f"{file['path']} has the digest {found}, and {file['sha256']} was ordered")
    return content


def read_tensors(file: RunnerFile) -> dict[str, torch.Tensor]:
    return load(read_bytes(file))


def write_tensors(
    workdir: Path, name: str, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None = None
) -> RunnerFile:
    content = save({key: value.contiguous() for key, value in tensors.items()}, dict(metadata or {}))
    path = workdir / name
    path.write_bytes(content)
    return {"path": str(path), "sha256": hashlib.sha256(content).hexdigest()}
