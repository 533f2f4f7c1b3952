"""Storages of tensors: which of them autograd saves, and how many bytes are alive at once."""
import gc
import weakref

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter


class Kept:
    def __init__(self, tensor):
        self.tensor = tensor


def saved_by(forward, own):
    """What `forward` gives, and bytes by storage that autograd keeps of its numbers. Storages in `own`, by their address, are left out."""
    kept = []

    def pack(t):
        packed = Kept(t)
        kept.append(weakref.ref(packed))
        return packed

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed.tensor):
        out = forward()
    # What belongs to a part of the graph that nothing leads to is gone by now.
    gc.collect()
    found = {}
    for reference in kept:
        if (packed := reference()) is None or not packed.tensor.is_floating_point():
            continue
        # A sparse tensor is its numbers and their places.
        parts = (packed.tensor._values(), packed.tensor._indices()) if packed.tensor.is_sparse else (packed.tensor,)
        for storage in (part.untyped_storage() for part in parts):
            if storage.data_ptr() not in own:
                found[storage.data_ptr()] = storage.nbytes()
    return out, found


class Peak(TorchDispatchMode):
    """The most bytes of storages that operations made and that were alive at once."""

    def __init__(self, known=()):
        super().__init__()
        self.known, self.alive, self.now, self.most = known, {}, 0, 0

    def take(self, size):
        """Hears of a storage; what it returns comes back when the storage is gone."""

    def release(self, place):
        """Hears of the end of a storage."""

    def gone(self, key, size):
        self.release(self.alive.pop(key))
        self.now -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in tree_iter(out):
            if not isinstance(t, torch.Tensor):
                continue
            storage = t.untyped_storage()
            key, size = storage._cdata, storage.nbytes()
            if key in self.known or key in self.alive or size == 0:
                continue
            self.alive[key] = self.take(size)
            self.now += size
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self.gone, key, size)
        return out
