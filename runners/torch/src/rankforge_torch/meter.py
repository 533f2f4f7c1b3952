"""Bytes of tensors: what a card's allocator counts, and on the cores the storages that operations make."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch.distributed.tensor import DTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from .shards import local

Part = Literal["weights", "adapters", "gradients", "optimizer", "activations", "workspace"]
PARTS: tuple[Part, ...] = get_args(Part)


def held_by(module: torch.nn.Module) -> Iterator[torch.Tensor]:
    """Tensors of a model: bitsandbytes keeps scales of packed kernels beside them."""
    yield from module.parameters()
    yield from module.buffers()
    for parameter in module.parameters():
        scales = getattr(parameter, "SCB", None)
        if isinstance(scales, torch.Tensor):
            yield scales
        state: Any = getattr(parameter, "quant_state", None)
        while state is not None:
            yield from (each for each in vars(state).values() if isinstance(each, torch.Tensor))
            state = state.state2


@dataclass
class Known:
    storage: weakref.ref[Any]
    part: Part
    size: int = 0


class Storages(TorchDispatchMode):
    """Counts the storages that are alive by part, from those that were there on.

    On the cores the backward pass runs in the thread that asked for it, and is counted as well.
    """

    def __init__(self, there: Mapping[Part, Iterable[torch.Tensor]]) -> None:
        super().__init__()
        self.held = 0
        self.peak = 0
        self.by: dict[Part, int] = dict.fromkeys(PARTS, 0)
        self.at_peak: dict[Part, int] = dict(self.by)
        #: The part of what is made from here on.
        self.part: Part = "workspace"
        self._known: dict[int, Known] = {}
        there = {part: list(tensors) for part, tensors in there.items()}
        if any(isinstance(each, DTensor) for tensors in there.values() for each in tensors):
            self._follow_resizes()
        for part, tensors in there.items():
            self.part = part
            for tensor in tensors:
                self._add(tensor)
        self.part = "workspace"

    def _follow_resizes(self) -> None:
        """Sees what a parted model gathers and lets go, by storages that grow and shrink outside of operations.

        A rank ends with its order, and this with it.
        """
        storages, resize = self, torch.UntypedStorage.resize_

        def followed(self: torch.UntypedStorage, size: int) -> Any:
            result = resize(self, size)
            known = storages._known.get(self._cdata)
            if known is not None:
                storages._grow(known, self.nbytes() - known.size)
            return result

        torch.UntypedStorage.resize_ = followed

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if DTensor in types:
            # It does the same with the share that this rank holds.
            return NotImplemented
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self._add(leaf)
        return result

    def move(self, tensor: torch.Tensor, to: Part) -> None:
        """Counts a tensor that is known to another part."""
        known = self._known.get(local(tensor).untyped_storage()._cdata)
        if known is not None:
            self.by[known.part] -= known.size
            self.by[to] += known.size
            known.part = to

    def _add(self, tensor: torch.Tensor) -> None:
        if tensor.layout is not torch.strided:
            for strided in (tensor._indices(), tensor._values()):
                self._add(strided)
            return
        storage = local(tensor).untyped_storage()
        key = storage._cdata
        if key in self._known:
            return

        def gone(_: object) -> None:
            self._grow(known, -known.size)
            self._known.pop(key, None)

        self._known[key] = known = Known(weakref.ref(storage, gone), self.part)
        self._grow(known, storage.nbytes())

    def _grow(self, known: Known, by: int) -> None:
        known.size += by
        self.held += by
        self.by[known.part] += by
        # The later of two moments alike knows its parts better: state of an optimizer is made in the first update.
        if self.held >= self.peak:
            self.peak = self.held
            self.at_peak = dict(self.by)


def bind_budget(device: torch.device, budget: int) -> None:
    """Lets the allocator of a card take no more than a budget.

    That emulates a smaller card, which has less by its context and segments.
    """
    if device.type != "cuda":
        return
    whole = torch.cuda.get_device_properties(device).total_memory
    if budget < whole:
        torch.cuda.set_per_process_memory_fraction(budget / whole, device)
        print(f"budget emulated: {budget} of the {whole} bytes of the card", flush=True)
    else:
        torch.cuda.set_per_process_memory_fraction(1.0, device)


class Meter:
    """Counts all steps on a card, and on the cores the first ones: all hold alike, and counting costs time there."""

    METERED_STEPS = 2

    def __init__(self, model: torch.nn.Module, trained: Iterable[torch.nn.Parameter], device: torch.device) -> None:
        self._device = device
        self._left = self.METERED_STEPS
        there: dict[Part, list[torch.Tensor]] = {"adapters": list(trained), "weights": list(held_by(model))}
        self._loaded: dict[Part, int] = {part: sum_of(tensors) for part, tensors in there.items()}
        self._loaded["weights"] -= self._loaded["adapters"]
        self.storages = Storages(there) if device.type == "cpu" else None
        if self.storages is None:
            torch.cuda.reset_peak_memory_stats(device)
            return
        for parameter in there["adapters"]:
            parameter.register_post_accumulate_grad_hook(self._of_gradient)

    def _of_gradient(self, parameter: torch.Tensor) -> None:
        if self.storages and self._left > 0 and parameter.grad is not None:
            self.storages.move(parameter.grad, "gradients")

    def makes(self, part: Part) -> None:
        """Says what is made from here on."""
        if self.storages:
            self.storages.part = part

    def keeps(self, optimizer: torch.optim.Optimizer) -> None:
        """Counts the state of an optimizer as its own."""
        if self.storages is None or self._left <= 0:
            return
        for state in optimizer.state.values():
            for value in state.values():
                if isinstance(value, torch.Tensor):
                    self.storages.move(value, "optimizer")

    @property
    def held(self) -> int:
        return self.storages.held if self.storages else torch.cuda.memory_allocated(self._device)

    @property
    def peak(self) -> int:
        return self.storages.peak if self.storages else torch.cuda.max_memory_allocated(self._device)

    @property
    def parts(self) -> dict[Part, int]:
        """The peak by part; an allocator tells activations from nothing else that a step makes."""
        if self.storages:
            return self.storages.at_peak
        nothing: dict[Part, int] = dict.fromkeys(PARTS, 0)
        return {**nothing, **self._loaded, "activations": self.peak - sum(self._loaded.values())}

    @property
    def reserved(self) -> int | None:
        return None if self.storages else torch.cuda.max_memory_reserved(self._device)

    @property
    def others(self) -> int | None:
        """Bytes on the card that are not this process's."""
        if self.storages:
            return None
        free, total = torch.cuda.mem_get_info(self._device)
        return max(0, total - free - torch.cuda.memory_reserved(self._device))

    def __enter__(self) -> None:
        if self.storages and self._left > 0:
            self.storages.__enter__()

    def __exit__(self, *error: Any) -> None:
        if self.storages and self._left > 0:
            self._left -= 1
            self.storages.__exit__(*error)


def sum_of(tensors: Iterable[torch.Tensor]) -> int:
    """Bytes of the storages of tensors, each once."""
    storages = (local(tensor).untyped_storage() for tensor in tensors)
    return sum({storage._cdata: storage.nbytes() for storage in storages}.values())
