"""Counts the storages that operations make while it is on, and the most that were there at once."""

import weakref

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter


class Watch(TorchDispatchMode):
    def __init__(self, held, table=None):
        """Storages of `held` that are given up for others are taken off."""
        super().__init__()
        self.table = table
        self.known, self.alive, self.now, self.most = set(), set(), 0, 0
        for t in held:
            storage = t.untyped_storage()
            if storage._cdata not in self.known:
                self.known.add(storage._cdata)
                weakref.finalize(storage, self.left, storage._cdata, storage.nbytes())

    def left(self, key, size):
        self.known.discard(key)
        self.now -= size

    def gone(self, key, size):
        self.alive.discard(key)
        self.now -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in tree_iter(out):
            if not isinstance(t, torch.Tensor) or t.ndim == 0:
                continue
            storage = t.untyped_storage()
            key, size = storage._cdata, storage.nbytes()
            if key in self.known or key in self.alive:
                continue
            self.alive.add(key)
            self.now += size
            # The engine adds the second gradient of a tied table to the first in place, but not under a dispatch mode:
            # torch/csrc/autograd/input_buffer.cpp, `can_accumulate_inplace`.
            in_place = func is torch.ops.aten.add.Tensor and t.shape == self.table
            if self.now > self.most and not in_place:
                self.most = self.now
            weakref.finalize(storage, self.gone, key, size)
        return out
