"""Bytes of tensors: what a card's allocator counts, and on the cores the storages that operations make."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Storages(TorchDispatchMode):
    """Counts the storages that are alive, from those that were there on.

    On the cores the backward pass runs in the thread that asked for it, and is counted as well.
    """

    def __init__(self, there: Iterable[torch.Tensor]) -> None:
        super().__init__()
        self.held = 0
        self.peak = 0
        self._known: dict[int, weakref.ref[Any]] = {}
        for tensor in there:
            self._add(tensor)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self._add(leaf)
        return result

    def _add(self, tensor: torch.Tensor) -> None:
        if tensor.layout is not torch.strided:
            for part in (tensor._indices(), tensor._values()):
                self._add(part)
            return
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._known:
            return
        size = storage.nbytes()

        def gone(_: object) -> None:
            self.held -= size
            self._known.pop(key, None)

        self._known[key] = weakref.ref(storage, gone)
        self.held += size
        self.peak = max(self.peak, self.held)


class Meter:
    """Counts all steps on a card, and on the cores the first ones: all hold alike, and counting costs time there."""

    METERED_STEPS = 2

    def __init__(self, model: torch.nn.Module, device: torch.device) -> None:
        self._device = device
        self._left = self.METERED_STEPS
        there = [*model.parameters(), *model.buffers()]
        self.storages = Storages(there) if device.type == "cpu" else None
        if self.storages is None:
            torch.cuda.reset_peak_memory_stats(device)

    @property
    def held(self) -> int:
        return self.storages.held if self.storages else torch.cuda.memory_allocated(self._device)

    @property
    def peak(self) -> int:
        return self.storages.peak if self.storages else torch.cuda.max_memory_allocated(self._device)

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
