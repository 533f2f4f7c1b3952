"""
torch.optim.Adafactor, which has no first moment. Its learning rate is the relative step size as long as it is below
1/√t. It bounds the second moment from below by epsilon where the paper adds epsilon to the squares: with 1e-30 the two
differ by nothing that shows. Without `scaleParameter`, where torch has no switch, the same step from the paper.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import decays, torch_optimizer, trajectory
from vector import save, source


def by_torch(config):
    make = lambda groups: torch.optim.Adafactor(
        groups,
        beta2_decay=-config["decay"],
        eps=(config["epsilon"], config["parameterEpsilon"]),
        d=config["clip"],
    )
    return torch_optimizer(make, config["weightDecay"])


def by_paper(config):
    def make(values):
        seconds, clock = {}, [0]

        def advance(gradients, learning_rate):
            clock[0] += 1
            beta = 1 - clock[0] ** -config["decay"]
            for name, value in values.items():
                gradient = gradients[name]
                square = gradient**2 + config["epsilon"]
                if value.dim() == 2:
                    r, c = seconds.get(name, (0.0, 0.0))
                    r = beta * r + (1 - beta) * square.mean(1)
                    c = beta * c + (1 - beta) * square.mean(0)
                    seconds[name] = r, c
                    second = torch.outer(r, c) / r.mean()
                else:
                    second = seconds[name] = beta * seconds.get(name, 0.0) + (1 - beta) * square
                update = gradient / second.sqrt()
                update = update / max(1.0, (update.square().mean().sqrt() / config["clip"]).item())
                if decays(value.shape):
                    value *= 1 - learning_rate * config["weightDecay"]
                value -= learning_rate * update

        return advance

    return make


common = {"decay": 0.8, "epsilon": 1e-30, "clip": 1.0, "parameterEpsilon": 1e-3}
relative = {**common, "scaleParameter": True, "weightDecay": 0.0}
steeper = {**common, "clip": 1.1, "decay": 0.5, "scaleParameter": True, "weightDecay": 0.1}
absolute = {**common, "clip": 0.4, "scaleParameter": False, "weightDecay": 0.05}
save(__file__, {
    "source": source("torch"),
    "cases": [
        trajectory(85, relative, 0.05, 4, by_torch(relative)),
        trajectory(86, steeper, 0.1, 4, by_torch(steeper)),
        trajectory(87, absolute, 0.02, 4, by_paper(absolute)),
    ],
})
