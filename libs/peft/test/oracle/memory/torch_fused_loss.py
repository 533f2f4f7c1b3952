"""Bytes that Liger's fused linear cross-entropy makes and keeps, for libs/peft/test/vectors/memory/torch_fused_loss.json.

    python -m venv V && V/bin/pip install torch==2.13.0 && V/bin/pip install --no-deps triton liger-kernel==0.8.5
    V/bin/python libs/peft/test/oracle/memory/torch_fused_loss.py > libs/peft/test/vectors/memory/torch_fused_loss.json

Liger's own code runs on cores: chunks, products and buffers are its own. Its Triton kernel, which writes gradients over logits in place and makes
no tensor, is replaced by one that does the same to zeros.
"""

import json
import sys
import weakref

import liger_kernel.ops.fused_linear_cross_entropy as fused
import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Kernel:
    def __getitem__(self, _grid):
        return lambda **given: given["X_ptr"].zero_()


fused.liger_cross_entropy_kernel = Kernel()


class Storages(TorchDispatchMode):
    """Bytes of all storages that operations made and that are alive, and the most there were."""

    def __init__(self):
        super().__init__()
        self.alive, self.most, self.known = 0, 0, set()

    def _gone(self, key, size):
        self.known.discard(key)
        self.alive -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, (tuple, list)) else [out]:
            if not isinstance(tensor, torch.Tensor):
                continue
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key in self.known or key in self.before or storage.nbytes() < 64:
                continue
            self.known.add(key)
            self.alive += storage.nbytes()
            self.most = max(self.most, self.alive)
            weakref.finalize(storage, self._gone, key, storage.nbytes())
        return out


CASES = [
    dict(rows=rows, width=width, vocabulary=vocabulary, dtype=dtype, autocast=autocast)
    for rows, width, vocabulary in [(256, 64, 1000), (300, 64, 640), (512, 128, 4000), (96, 256, 512)]
    for dtype, autocast in [("bfloat16", False), ("bfloat16", True), ("float32", True)]
]
rows = []
for case in CASES:
    dtype = getattr(torch, case["dtype"])
    hidden = torch.randn(case["rows"], case["width"], dtype=dtype).requires_grad_()
    weight = torch.randn(case["vocabulary"], case["width"], dtype=dtype)
    target = torch.randint(0, case["vocabulary"], (case["rows"],))
    meter = Storages()
    meter.before = {each.untyped_storage()._cdata for each in (hidden, weight, target)}
    with meter, torch.autocast("cpu", torch.bfloat16, enabled=case["autocast"]):
        loss = fused.LigerFusedLinearCrossEntropyFunction.apply(hidden, weight, target)[0]
    rows.append({**case, "most": meter.most, "kept": meter.alive})
json.dump(rows, sys.stdout, indent=1)
print()
