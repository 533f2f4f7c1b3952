"""SoRA from the paper (arXiv 2311.11696) with the loss of the authors' code, in torch float64: peft does not have it."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from gated import gated_case, proximal_schedule
from vector import save, source


def case(seed, config):
    return gated_case(
        seed,
        config,
        scale=config["alpha"] / config["rank"],
        penalty=lambda gate: config["sparsity"] * gate.abs().sum() / gate.numel(),
    )


def schedule(seed, config, total=3):
    """The authors' linear schedule: λ takes the values of a linspace in turn."""
    stages = config.get("stages", 1)
    values = torch.linspace(config["threshold"], config.get("finalThreshold", config["threshold"]), stages)
    return proximal_schedule(seed, config, total, lambda step: values[(step - 1) // (total // stages)].item())


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(251, {"rank": 3, "alpha": 16.0, "sparsity": 10.0}),
        case(252, {"rank": 4, "alpha": 1.0, "sparsity": 0.0}),
    ],
    # A threshold among the gates, none, and one that rises.
    "schedules": [
        schedule(253, {"rank": 6, "threshold": 0.4}),
        schedule(254, {"rank": 3, "threshold": 0.0}),
        schedule(255, {"rank": 5, "threshold": 0.1, "finalThreshold": 0.7, "stages": 3}, 6),
    ],
})
