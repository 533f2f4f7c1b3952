"""signSGD from the paper (arXiv 1802.04434, algorithm 1, one worker), in torch float64; decay is decoupled."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import descend, trajectory
from vector import save, source


def signsgd(config):
    def make(values):
        def advance(gradients, learning_rate):
            descend(values, learning_rate, config["weightDecay"], lambda name: torch.sign(gradients[name]))

        return advance

    return make


save(__file__, {
    "source": source("torch"),
    "cases": [
        trajectory(81, {"weightDecay": 0.0}, 0.03, 3, signsgd({"weightDecay": 0.0})),
        trajectory(82, {"weightDecay": 0.2}, 0.1, 3, signsgd({"weightDecay": 0.2})),
    ],
})
