"""LaMDA++ (arXiv 2406.12832) in torch float64: LaMDA, and ranks from the singular values by torch.linalg.svdvals."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from core import core_case, freezing_schedule
from vector import Draw, array, save, source

SHAPES = {"first": (4, 3), "second": (3, 5)}


def allocation(seed, rank, shapes, decays):
    """decays: the larger, the faster the singular values of the layer fall."""
    draw = Draw(seed)
    kernels = []
    for (inputs, outputs), decay in zip(shapes, decays):
        u, sigma, vt = torch.linalg.svd(draw(inputs, outputs), full_matrices=False)
        fallen = sigma * torch.exp(-decay * torch.arange(len(sigma)))
        kernels.append((u @ torch.diag(fallen) @ vt).float().double())
    shares = [torch.linalg.svdvals(kernel) ** 2 for kernel in kernels]
    shares = [share / share.sum() for share in shares]
    ranks = [1] * len(kernels)
    # One rank at a time to the layer whose next singular value holds the largest share.
    while sum(ranks) < rank * len(kernels):
        following = [share[r].item() if r < len(share) else -1.0 for share, r in zip(shares, ranks)]
        ranks[following.index(max(following))] += 1
    return {"config": {"rank": rank}, "kernels": [array(kernel) for kernel in kernels], "ranks": ranks}


save(__file__, {
    "source": source("torch"),
    "cases": [
        core_case(281, {"rank": 2}, scale=1.0, spectral=False),
        core_case(282, {"rank": 3, "scale": 0.5, "start": "spectral"}, scale=0.5, spectral=True, inputs=7, outputs=4),
    ],
    "schedules": [freezing_schedule(283, {"rank": 2, "freeze": 0.4}, SHAPES, 10)],
    "allocations": [
        allocation(284, 3, [(8, 8), (8, 6), (5, 8)], (0.0, 0.5, 1.5)),
        allocation(285, 4, [(6, 9), (6, 6)], (2.0, 0.1)),
        allocation(286, 1, [(6, 9), (6, 6)], (2.0, 0.1)),
    ],
})
