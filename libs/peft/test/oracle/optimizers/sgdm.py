"""
torch.optim.SGD with momentum. Its decay enters the gradient and with it the momentum, ours the step: decay is therefore
tried on the decoupled form, as torch's AdamW has it: the parameters decay before a step without decay.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import decays, torch_optimizer, trajectory
from vector import save, source


def case(seed, config, learning_rate):
    sgd = lambda groups: torch.optim.SGD(
        groups, lr=learning_rate, momentum=config["momentum"], nesterov=config["nesterov"]
    )
    plain = torch_optimizer(sgd, 0.0)

    def make(values):
        advance = plain(values)

        def decayed(gradients, rate):
            with torch.no_grad():
                for value in values.values():
                    if decays(value.shape):
                        value *= 1 - rate * config["weightDecay"]
            advance(gradients, rate)

        return decayed

    return trajectory(seed, config, learning_rate, 4, make)


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(63, {"momentum": 0.9, "nesterov": False, "weightDecay": 0.0}, 0.1),
        case(64, {"momentum": 0.7, "nesterov": True, "weightDecay": 0.2}, 0.1),
    ],
})
