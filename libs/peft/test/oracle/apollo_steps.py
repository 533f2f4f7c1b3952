"""
APOLLO from the paper (arXiv 2412.05270, algorithm 1), in torch float64: Adam's epsilon after the bias correction. The growth
of an update is limited as the authors' code does it: from the second step on, by norms from before the bias correction.
Shared by the oracles of its two forms.
"""
import numpy as np
import torch

from optimizer_vector import PARAMETERS, Adam, descend, limited, trajectory
from vector import array


def apollo(config, rank, per, draws, seed):
    rng = np.random.default_rng(seed)

    def make(values):
        adam, projections, norms, clock = Adam(config), {}, {}, [0]

        def scaled(name, gradient):
            """`gradient` has the projected side first."""
            epoch, since = divmod(clock[0] - 1, config["gap"])
            if since == 0:
                normals = torch.tensor(rng.normal(size=(gradient.shape[0], rank)))
                draws[f"gaussian/{name}/{epoch}"] = {"normals": array(normals)}
                projections[name] = normals / rank**0.5
            low = projections[name].T @ gradient
            inner = adam.direction(name, low, clock[0])
            along = {"dim": 0} if per == "channel" else {}
            update = config["scale"] ** 0.5 * gradient * (inner.norm(**along) / (low.norm(**along) + 1e-8))
            update, norms[name] = limited(update, norms.get(name), adam.correction(clock[0]), config["limiter"])
            return update

        def direction(name, gradient):
            role, (inputs, *outputs) = PARAMETERS[name]
            if role != "kernel" or min(inputs, *outputs) <= rank:
                return adam.direction(name, gradient, clock[0])
            return scaled(name, gradient) if inputs <= outputs[0] else scaled(name, gradient.T).T

        def advance(gradients, learning_rate):
            clock[0] += 1
            descend(values, learning_rate, config["weightDecay"], lambda name: direction(name, gradients[name]))

        return advance

    return make


def case(seed, config, learning_rate, steps, rank, per):
    draws = {}
    made = trajectory(seed, config, learning_rate, steps, apollo(config, rank, per, draws, seed))
    return {**made, "draws": draws}
