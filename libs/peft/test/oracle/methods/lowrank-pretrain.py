"""
A kernel that is a product of two factors, the baseline of GaLore's paper (arXiv 2403.03507, table 2), in torch float64.
How the factors begin is not said there: here as the SVD of the kernel they replace.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from pretraining import layer_case
from vector import save, source


def spectral(p, rank):
    u, sigma, vt = torch.linalg.svd(p.kernel, full_matrices=False)
    largest = u[u.abs().argmax(0), torch.arange(u.shape[1])].sign()
    root = sigma.sqrt() * largest
    return {"factor_A": (u * root)[:, :rank], "factor_B": (vt * root[:, None])[:rank]}


def case(seed, config, **size):
    rank = config["rank"]

    def make(p):
        a, b = p.draw(p.kernel.shape[0], rank, scale=0.7), p.draw(rank, p.kernel.shape[1], scale=0.7)
        return {"factor_A": a, "factor_B": b}, {}, lambda: a @ b

    first = (lambda p: spectral(p, rank)) if config["first"] == "spectral" else None
    return layer_case(seed, config, make, first, **size)


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(411, {"rank": 3, "first": "spectral"}),
        case(412, {"rank": 2, "first": "spectral"}, inputs=8, outputs=4),
        case(413, {"rank": 2, "first": "random"}),
    ],
})
