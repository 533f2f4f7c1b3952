"""Truncated SVD (Eckart and Young) by torch.linalg.svd in float64; ranks by energy and threshold from all singular values."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from compression import factor_case, plain
from vector import Draw, array, save, source


def case(seed, config, rank=None, **size):
    return factor_case(seed, config, lambda p, r, _: plain(p.kernel, r), rank, **size)


def allocation(seed, config, shapes, decays):
    """Kernels whose singular values fall by `decay` from one to the next."""
    draw, kernels, ranks = Draw(seed), [], []
    for (inputs, outputs), decay in zip(shapes, decays):
        least = min(inputs, outputs)
        u, v = (torch.linalg.qr(draw(side, least)).Q for side in (inputs, outputs))
        kernel = (u * torch.tensor([3 * decay**k for k in range(least)]) @ v.T).float().double()
        squares = torch.linalg.svdvals(kernel) ** 2
        if config["rule"] == "energy":
            rank = int((torch.cumsum(squares, 0) < config["energy"] * squares.sum()).sum()) + 1
        else:
            rank = int((squares >= config["threshold"] ** 2).sum())
        # As it is where two factors are no smaller.
        ranks.append(rank if rank * (inputs + outputs) < inputs * outputs else 0)
        kernels.append(array(kernel))
    return {"config": config, "kernels": kernels, "ranks": ranks}


SHAPES = [(8, 12), (9, 9), (10, 6), (8, 8)]
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(301, {"ratio": 0.7}),
        case(302, {"ratio": 0.4}, inputs=7, outputs=4),
        case(303, {"rank": 3, "allowGrowth": True}, rank=3),
    ],
    "allocations": [
        allocation(304, {"rule": "energy", "energy": 0.9}, SHAPES, (0.5, 0.6, 0.3, 0.95)),
        allocation(305, {"rule": "threshold", "threshold": 0.8}, SHAPES, (0.5, 0.7, 0.3, 0.95)),
    ],
})
