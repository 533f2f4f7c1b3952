"""
WeLore from the authors' code (VITA-Group/welore), in torch float64: ranks by one threshold on normalized singular values.
The threshold is the least at which the mean dropped share reaches the target, found among the values themselves.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from compression import factor_case, plain
from vector import Draw, array, save, source


def case(seed, config, rank, **size):
    return factor_case(seed, config, lambda p, r, _: plain(p.kernel, r), rank, **size)


def allocation(seed, config, shapes, decays):
    draw, kernels = Draw(seed), []
    for (inputs, outputs), decay in zip(shapes, decays):
        least = min(inputs, outputs)
        u, v = (torch.linalg.qr(draw(side, least)).Q for side in (inputs, outputs))
        kernels.append((u * torch.tensor([3 * decay**k for k in range(least)]) @ v.T).float().double())
    spectra = [torch.linalg.svdvals(kernel) for kernel in kernels]
    normal = [(s - s.min()) / (s.max() - s.min()) for s in spectra]
    for value in torch.cat(normal).sort().values:
        # Everything up to and with this value is below the threshold.
        dropped = [int((s <= value).sum()) for s in normal]
        if sum(d / len(s) for d, s in zip(dropped, normal)) / len(normal) >= config["reduction"] - 1e-12:
            break
    ranks = []
    for d, kernel in zip(dropped, kernels):
        inputs, outputs = kernel.shape
        least = min(inputs, outputs)
        rank = least - d
        low = d / least > config.get("minDropped", 0.4999) and rank * (inputs + outputs) < inputs * outputs
        ranks.append(rank if low else 0)
    return {"config": config, "kernels": [array(k) for k in kernels], "ranks": ranks}


SHAPES = [(8, 12), (9, 9), (10, 6), (8, 8), (12, 8)]
DECAYS = (0.5, 0.8, 0.3, 0.97, 0.7)
# Without an allocation a layer has round((1 − reduction)·min(in, out)) components, as far as they save anything.
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(351, {"reduction": 0.6}, 2),
        case(352, {"reduction": 0.7}, 1, inputs=7, outputs=4),
    ],
    "allocations": [
        allocation(353, {"reduction": 0.6}, SHAPES, DECAYS),
        allocation(354, {"reduction": 0.4}, SHAPES, DECAYS),
        allocation(355, {"reduction": 0.75, "minDropped": 0}, SHAPES, DECAYS),
        allocation(356, {"reduction": 0.8, "minDropped": 0.8}, SHAPES, DECAYS),
    ],
})
