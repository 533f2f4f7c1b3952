"""torch.optim.SGD. Its decay enters the gradient, ours the step: the same without momentum."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import torch_optimizer, trajectory
from vector import save, source


def case(seed, config, learning_rate):
    sgd = lambda groups: torch.optim.SGD(groups, lr=learning_rate)
    return trajectory(seed, config, learning_rate, 4, torch_optimizer(sgd, config["weightDecay"]))


save(__file__, {
    "source": source("torch"),
    "cases": [case(61, {"weightDecay": 0.1}, 0.1), case(62, {"weightDecay": 0.0}, 0.1)],
})
