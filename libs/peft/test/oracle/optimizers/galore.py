"""
GaLore from the paper (arXiv 2403.03507, algorithms 1 and 2), in torch float64.

Where the authors' code differs the paper is taken: epsilon after the bias correction, and the shorter side projected.
What the paper leaves open: weight decay is decoupled and unscaled by `scale`; the entry of largest magnitude of every
basis vector is positive (its sign matters because the moments are kept when the basis is refreshed).
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import PARAMETERS, decays, trajectory
from vector import save, source


def left_basis(matrix, rank):
    u = torch.linalg.svd(matrix, full_matrices=False).U[:, :rank]
    return u * torch.sign(u[u.abs().argmax(dim=0), torch.arange(rank)])


def galore(config):
    beta1, beta2, rank = config["beta1"], config["beta2"], config["rank"]

    def make(values):
        moments, bases, clock = {}, {}, [0]

        def direction(name, gradient):
            m, v = moments.get(name, (torch.zeros_like(gradient), torch.zeros_like(gradient)))
            m = beta1 * m + (1 - beta1) * gradient
            v = beta2 * v + (1 - beta2) * gradient**2
            moments[name] = m, v
            t = clock[0]
            return (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + config["epsilon"])

        def update(name, gradient):
            role, (inputs, *outputs) = PARAMETERS[name]
            if role != "kernel" or min(inputs, *outputs) <= rank:
                return direction(name, gradient)
            left = inputs <= outputs[0]
            if (clock[0] - 1) % config["gap"] == 0:
                bases[name] = left_basis(gradient if left else gradient.T, rank)
            p = bases[name]
            if left:
                return config["scale"] * (p @ direction(name, p.T @ gradient))
            return config["scale"] * (direction(name, gradient @ p) @ p.T)

        def advance(gradients, learning_rate):
            clock[0] += 1
            for name, value in values.items():
                step = update(name, gradients[name])
                if decays(value.shape):
                    value *= 1 - learning_rate * config["weightDecay"]
                value -= learning_rate * step

        return advance

    return make


def case(seed, config, learning_rate, steps):
    return trajectory(seed, config, learning_rate, steps, galore(config))


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(71, {"rank": 2, "gap": 2, "scale": 0.25, **adam, "weightDecay": 0.0}, 0.1, 5),
        case(72, {"rank": 3, "gap": 200, "scale": 1.0, **adam, "weightDecay": 0.1}, 0.1, 4),
    ],
})
