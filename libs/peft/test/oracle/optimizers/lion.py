"""Lion from the paper (arXiv 2302.06675, program 1), in torch float64."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import descend, trajectory
from vector import save, source


def lion(config):
    def make(values):
        momenta = {name: torch.zeros_like(value) for name, value in values.items()}

        def direction(name, gradient):
            momentum = momenta[name]
            momenta[name] = config["beta2"] * momentum + (1 - config["beta2"]) * gradient
            return torch.sign(config["beta1"] * momentum + (1 - config["beta1"]) * gradient)

        def advance(gradients, learning_rate):
            descend(values, learning_rate, config["weightDecay"], lambda name: direction(name, gradients[name]))

        return advance

    return make


def case(seed, config, learning_rate):
    return trajectory(seed, config, learning_rate, 4, lion(config))


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(83, {"beta1": 0.9, "beta2": 0.99, "weightDecay": 0.0}, 0.02),
        case(84, {"beta1": 0.5, "beta2": 0.7, "weightDecay": 0.3}, 0.05),
    ],
})
