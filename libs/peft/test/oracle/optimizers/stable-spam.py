"""
Stable-SPAM from the paper (arXiv 2502.17055, algorithm 1), in torch float64, without the schedule of beta1. The paper is
taken where the authors' code differs, which steps with the old moments at a reset and begins the count of the statistics
anew, not these. A reset takes the moments and the count of their bias correction, not the statistics of the gradient; it
comes before the step that follows `gap` steps. A gradient that is zero stays zero.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import Adam, descend, trajectory
from vector import save, source


def stable_spam(config):
    theta, gamma1, gamma2 = config["clipDecay"], config["normDecay"], config["normSquareDecay"]

    def make(values):
        statistics = {name: (0.0, 0.0, 0.0) for name in values}
        adam, clock = Adam(config), [0]

        def steadied(name, gradient):
            t = clock[0]
            largest_mean, norm_mean, norm_square = statistics[name]
            largest = gradient.abs().max().item()
            largest_mean = theta * largest_mean + (1 - theta) * largest
            usual = largest_mean / (1 - theta**t)
            if largest > 0:
                gradient = torch.where(gradient.abs() > usual, gradient * usual / largest, gradient)
            norm = gradient.norm().item()
            norm_mean = gamma1 * norm_mean + (1 - gamma1) * norm
            norm_square = gamma2 * norm_square + (1 - gamma2) * norm**2
            statistics[name] = largest_mean, norm_mean, norm_square
            target = (norm_mean / (1 - gamma1**t)) / ((norm_square / (1 - gamma2**t)) ** 0.5 + config["epsilon"])
            return gradient * target / norm if norm > 0 else gradient

        def advance(gradients, learning_rate):
            nonlocal adam
            clock[0] += 1
            since = (clock[0] - 1) % config["gap"]
            if since == 0:
                adam = Adam(config)
            steady = {name: steadied(name, gradients[name]) for name in values}
            step = since + 1
            descend(values, learning_rate, config["weightDecay"], lambda name: adam.direction(name, steady[name], step))

        return advance

    return make


def case(seed, config, steps):
    return trajectory(seed, config, 0.05, steps, stable_spam(config))


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
usual = {"clipDecay": 0.999, "normDecay": 0.7, "normSquareDecay": 0.9, "gap": 2}
other = {"clipDecay": 0.5, "normDecay": 0.3, "normSquareDecay": 0.6, "gap": 3}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(99, {**usual, **adam, "weightDecay": 0.0}, 5),
        case(100, {**other, **adam, "weightDecay": 0.1}, 4),
    ],
})
