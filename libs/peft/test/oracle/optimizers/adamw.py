"""torch.optim.AdamW."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import torch_optimizer, trajectory
from vector import save, source


def case(seed, config, learning_rate):
    adamw = lambda groups: torch.optim.AdamW(groups, betas=(config["beta1"], config["beta2"]), eps=config["epsilon"])
    return trajectory(seed, config, learning_rate, 4, torch_optimizer(adamw, config["weightDecay"]))


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(51, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.01}, 0.05),
        case(52, {"beta1": 0.6, "beta2": 0.8, "epsilon": 1e-2, "weightDecay": 0.3}, 0.2),
        case(53, {"beta1": 0.0, "beta2": 0.5, "epsilon": 1e-8, "weightDecay": 0.0}, 0.05),
    ],
})
