"""
8-bit Adam from the paper (arXiv 2110.02861, section 2) in float64: a step decodes the moments, is Adam's, and encodes them.
Small tensors and the embedding keep theirs. The decay is decoupled.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import descend, trajectory
from quantized import Adam8bit
from vector import save, source


def adam_8bit(config):
    def make(values):
        adam, clock = Adam8bit(config), [0]

        def advance(gradients, learning_rate):
            clock[0] += 1
            direction = lambda name: adam.direction(name, gradients[name], clock[0])
            descend(values, learning_rate, config["weightDecay"], direction)

        return advance

    return make


def case(seed, config, steps):
    return trajectory(seed, config, 0.05, steps, adam_8bit(config))


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(201, {**adam, "blockSize": 16, "minSize": 12, "weightDecay": 0.0}, 5),
        case(202, {**adam, "beta2": 0.9, "blockSize": 2048, "minSize": 36, "weightDecay": 0.1}, 4),
        case(203, {**adam, "blockSize": 256, "minSize": 4096, "weightDecay": 0.0}, 2),
    ],
})
