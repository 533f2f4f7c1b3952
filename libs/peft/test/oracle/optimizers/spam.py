"""
SPAM from the paper (arXiv 2501.06842, algorithm 1) in torch float64, with moments of every entry. The paper is taken where
the authors' code differs, which does not begin the count of the bias correction anew. A reset comes before the step that
follows `gap` steps, and takes the moments and the count of their bias correction; updates then grow from a hundredth over
`warmUp` steps as 1 - 0.99 * (1 + cos(pi * j / warmUp)) / 2 at the j-th step from 0. Spikes are cut against the second moment
before the step, after `after` steps since the start or a reset; an entry whose second moment is zero is none.
"""
import math
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import Adam, descend, trajectory
from vector import save, source

cut = [0]


def spam(config):
    def make(values):
        adam, now = Adam(config), [0]

        def direction(name, gradient, since):
            if since >= config["after"] and name in adam.moments:
                limit = config["threshold"] * adam.moments[name][1]
                spikes = (gradient**2 > limit) & (limit > 0)
                cut[0] += int(spikes.sum())
                gradient = torch.where(spikes, torch.sign(gradient) * limit.sqrt(), gradient)
            return adam.direction(name, gradient, since + 1)

        def advance(gradients, learning_rate):
            since = now[0] % config["gap"]
            if since == 0:
                for name in values:
                    adam.forget(name)
            warming = now[0] >= config["gap"] and since < config["warmUp"]
            factor = 1 - 0.99 * (1 + math.cos(math.pi * since / config["warmUp"])) / 2 if warming else 1
            now[0] += 1
            step = lambda name: factor * direction(name, gradients[name], since)
            descend(values, learning_rate, config["weightDecay"], step)

        return advance

    return make


def case(seed, config, steps):
    made = trajectory(seed, config, 0.05, steps, spam(config))
    print("entries cut:", cut[0])
    return made


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-6}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(251, {"threshold": 2000.0, "after": 1, "gap": 3, "warmUp": 2, **adam, "weightDecay": 0.0}, 8),
        case(252, {"threshold": 30.0, "after": 0, "gap": 3, "warmUp": 0, **adam, "beta2": 0.9, "weightDecay": 0.1}, 4),
    ],
})
