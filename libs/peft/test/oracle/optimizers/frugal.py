"""
FRUGAL from the paper (arXiv 2411.07837, algorithm 1) with AdamW on coordinates, or on whole kernels, and signSGD on the
rest, in torch float64. Coordinates are columns of torch's layout, which are inputs of the kernel; they are drawn and the
state is begun anew at every refresh. Left open: a kernel of whose inputs less than one falls to AdamW follows the sign.
Whole kernels take turns as in the authors' code (`BlockOptimizer`): the next so many in order, or another draw.
"""
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from active import shuffled
from optimizer_vector import PARAMETERS, Adam, descend, trajectory
from vector import save, source


def frugal(config, draws, seed):
    gap = config["gap"]
    rng = np.random.default_rng(seed)

    def coordinates(name, size, count, epoch):
        integers = []
        drawn = shuffled(size, count, rng, integers)
        draws[f"coordinates/{name}/{epoch}"] = {"integers": integers}
        return sorted(drawn)

    def make(values):
        adam, chosen, clock = Adam(config), {}, [0]

        def update(name, gradient):
            role, shape = PARAMETERS[name]
            if role != "kernel":
                return adam.direction(name, gradient, clock[0])
            count = int(shape[0] * config["density"])
            epoch, since = divmod(clock[0] - 1, gap)
            direction = config["signScale"] * torch.sign(gradient)
            if count == 0:
                return direction
            if since == 0:
                chosen[name] = coordinates(name, shape[0], count, epoch)
                adam.forget(name)
            direction[chosen[name]] = adam.direction(name, gradient[chosen[name]], since + 1)
            return direction

        def advance(gradients, learning_rate):
            clock[0] += 1
            descend(values, learning_rate, config["weightDecay"], lambda name: update(name, gradients[name]))

        return advance

    return make


# Kernels of one size: whichever are under AdamW, their state is as large.
KERNELS = {
    "first": ("kernel", (4, 6)),
    "bias": ("bias", (6,)),
    "second": ("kernel", (6, 4)),
    "third": ("kernel", (3, 8)),
    "embedding": ("embedding", (5, 3)),
    "fourth": ("kernel", (8, 3)),
    "fifth": ("kernel", (4, 6)),
}


def whole(config, draws, seed):
    gap, names = config["gap"], [name for name, (role, _) in KERNELS.items() if role == "kernel"]
    count = round(len(names) * config["density"])
    rng = np.random.default_rng(seed)

    def next_kernels(epoch, start):
        if config["order"] == "random":
            integers = []
            drawn = shuffled(len(names), count, rng, integers)
            draws[f"blocks/{epoch}"] = {"integers": integers}
            return drawn, start
        step = 1 if config["order"] == "ascending" else -1
        return [(start + step * index) % len(names) for index in range(count)], (start + step * count) % len(names)

    def make(values):
        adam, clock = Adam(config), [0]
        active, start = [], 0 if config["order"] == "ascending" else len(names) - 1

        def update(name, gradient):
            if KERNELS[name][0] != "kernel":
                return adam.direction(name, gradient, clock[0])
            if name in active:
                return adam.direction(name, gradient, (clock[0] - 1) % gap + 1)
            return config["signScale"] * torch.sign(gradient)

        def advance(gradients, learning_rate):
            nonlocal active, start
            epoch, since = divmod(clock[0], gap)
            clock[0] += 1
            if since == 0:
                drawn, start = next_kernels(epoch, start)
                active = [names[index] for index in drawn]
                for name in names:
                    adam.forget(name)
            descend(values, learning_rate, config["weightDecay"], lambda name: update(name, gradients[name]))

        return advance

    return make


def whole_case(seed, config, learning_rate, steps):
    draws = {}
    config = {"choice": "kernels", **config}
    made = trajectory(seed, config, learning_rate, steps, whole(config, draws, seed), KERNELS)
    return {**made, "draws": draws}


def case(seed, config, learning_rate, steps):
    draws = {}
    made = trajectory(seed, config, learning_rate, steps, frugal(config, draws, seed))
    return {**made, "draws": draws}


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(93, {"density": 0.4, "gap": 2, "signScale": 1.0, **adam, "weightDecay": 0.0}, 0.05, 5),
        case(94, {"density": 0.5, "gap": 3, "signScale": 0.1, **adam, "weightDecay": 0.1}, 0.1, 4),
        whole_case(95, {"order": "descending", "density": 0.4, "gap": 2, "signScale": 1.0, **adam, "weightDecay": 0.0}, 0.05, 7),
        whole_case(96, {"order": "ascending", "density": 0.2, "gap": 1, "signScale": 0.5, **adam, "weightDecay": 0.1}, 0.1, 6),
        whole_case(97, {"order": "random", "density": 0.6, "gap": 2, "signScale": 0.1, **adam, "weightDecay": 0.1}, 0.1, 6),
    ],
})
