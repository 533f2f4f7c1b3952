"""CoDyRA from the paper (arXiv 2412.01004) and its training loop, in torch float64: peft does not have it."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from gated import gated_case, proximal_schedule
from vector import save, source


def schedule(seed, config, total):
    """κ takes the values of a linspace in turn, each for `(T − dense) / stages` steps after the dense ones."""
    dense = int(config["dense"] * total)
    values = torch.linspace(0, config["threshold"], config["stages"])
    length = (total - dense) // config["stages"]
    assert length * config["stages"] == total - dense
    kappas = [0.0] * dense + [value.item() for value in values for _ in range(length)]
    return proximal_schedule(seed, config, total, lambda step: kappas[step - 1])


save(__file__, {
    "source": source("torch"),
    "cases": [gated_case(261, {"rank": 3}, scale=1.0), gated_case(262, {"rank": 2}, scale=1.0)],
    "schedules": [
        schedule(263, {"rank": 5, "dense": 0.5, "threshold": 0.3, "stages": 3}, 12),
        schedule(264, {"rank": 4, "dense": 0.2, "threshold": 0.6, "stages": 2}, 5),
    ],
})
