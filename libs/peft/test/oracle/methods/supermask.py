"""
Edge-popup (arXiv 1911.13299, algorithm as its authors' GetSubnet has it) on a kernel that is given, in torch with a straight-through gradient:
a mask keeps the share of entries with the largest scores, compared by size, and gradients of the masked kernel pass to the scores' sizes.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save


class Mask(torch.autograd.Function):
    @staticmethod
    def forward(ctx, sizes, count):
        order = sizes.flatten().argsort(descending=True)
        mask = torch.zeros(sizes.numel())
        mask[order[:count]] = 1
        return mask.view_as(sizes)

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


def case(seed, keep, **size):
    p = problem(seed, **size)
    scores = torch.nn.Parameter(p.draw(*p.kernel.shape, scale=0.8))
    count = max(1, round(keep * p.kernel.numel()))
    masked = lambda: p.kernel * Mask.apply(scores.abs(), count)

    def forward(x, target):
        output = x @ masked() + p.bias
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(p, forward, {"mask_scores": (scores, same)}, {}, lambda: (masked(), p.bias), {"keep": keep})


save(__file__, {
    "source": f"torch {torch.__version__}, float64",
    "cases": [case(501, 0.5), case(502, 0.3, inputs=8, outputs=3), case(503, 0.05, inputs=6, outputs=10)],
})
