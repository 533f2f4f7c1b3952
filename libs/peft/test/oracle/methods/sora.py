"""SoRA from the paper (arXiv 2311.11696) with the loss of the authors' code, in torch float64: peft does not have it."""
import sys
from pathlib import Path

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


def schedule(seed, config):
    return proximal_schedule(seed, config, 3, lambda step: config["threshold"])


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(251, {"rank": 3, "alpha": 16.0, "sparsity": 10.0}),
        case(252, {"rank": 4, "alpha": 1.0, "sparsity": 0.0}),
    ],
    # A threshold among the gates, and none.
    "schedules": [
        schedule(253, {"rank": 6, "threshold": 0.4}),
        schedule(254, {"rank": 3, "threshold": 0.0}),
    ],
})
