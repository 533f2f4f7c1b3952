"""What each of several processes holds a share of, by torch's fully sharded data parallelism (FSDP2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

if TYPE_CHECKING:
    from .model import Adapted


def part(adapted: Adapted, shard: str) -> Adapted:
    """Leaves each rank its share of a model.

    `zero2` parts what is trained, and gathers it for the passes of a step. `fsdp` and `zero3` part all: blocks are
    gathered while they are computed, and what no block has from the forward pass to the end of the backward one.
    """
    mesh = init_device_mesh(adapted.device.type, (dist.get_world_size(),))
    is_whole = shard == "zero2"
    frozen = {each for each in adapted.model.parameters() if not each.requires_grad}
    parting: dict[str, Any] = {"mesh": mesh, "ignored_params": frozen if is_whole else None}
    for block in blocks_of(adapted.model):
        fully_shard(block, reshard_after_forward=not is_whole, **parting)
    fully_shard(adapted.model, reshard_after_forward=False, **parting)
    for module in units_of(adapted.model):
        # gloo has no mean.
        module.set_force_sum_reduction_for_comms(True)
    trained = {name: each for name, each in adapted.model.named_parameters() if each.requires_grad}
    return replace(adapted, trained=trained)


def blocks_of(model: torch.nn.Module) -> Iterator[torch.nn.Module]:
    """Entries of the lists of a model, and none of a list within these."""
    for child in model.children():
        if isinstance(child, torch.nn.ModuleList):
            yield from child
        else:
            yield from blocks_of(child)


def units_of(model: torch.nn.Module) -> Iterator[FSDPModule]:
    return (each for each in model.modules() if isinstance(each, FSDPModule))


def gathered_apart(model: torch.nn.Module) -> None:
    """Leaves each rank its share again, where a pass was not followed by a backward one."""
    for module in units_of(model):
        module.reshard()


def local(tensor: torch.Tensor) -> torch.Tensor:
    """The share of a tensor that this rank holds."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of which each rank holds a share; all ranks ask together."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def shared_as(tensor: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The share of a whole tensor that this rank holds of another."""
    if not isinstance(other, DTensor):
        return tensor
    return distribute_tensor(tensor, other.device_mesh, other.placements, src_data_rank=None)
