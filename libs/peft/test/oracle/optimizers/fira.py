"""
Fira (arXiv 2410.01623, sections 4.2 and 4.3), in torch float64, on GaLore as its own oracle has it.

`scale` and the limiter are those of the authors' code (github.com/xichen-fy/Fira). What is lifted is multiplied by the scale: the
update of the subspace, and the gradient in it that the residual goes without, which has no scale itself. The limiter compares norms
from before Adam's bias correction, starts at the second step and is not reset.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import PARAMETERS, Adam, descend, limited, trajectory
from projected_adam import RandomBasis, leading_basis
from vector import save, source


def fira(config, basis_of=leading_basis):
    rank = config["rank"]

    def make(values):
        adam, bases, norms, clock = Adam(config), {}, {}, [0]

        def left(name, gradient):
            """`gradient` has the projected side first."""
            if (clock[0] - 1) % config["gap"] == 0:
                bases[name] = basis_of(name, clock[0], gradient, rank)
            p = bases[name]
            low = p.T @ gradient
            inner = adam.direction(name, low, clock[0])
            scale = config["scale"]
            residual = (gradient - scale * (p @ low)) * (inner.norm(dim=0) / (low.norm(dim=0) + 1e-8))
            residual, norms[name] = limited(residual, norms.get(name), adam.correction(clock[0]), config["limiter"])
            return scale * (p @ inner) + residual

        def update(name, gradient):
            role, (inputs, *outputs) = PARAMETERS[name]
            if role != "kernel" or min(inputs, *outputs) <= rank:
                return adam.direction(name, gradient, clock[0])
            return left(name, gradient) if inputs <= outputs[0] else left(name, gradient.T).T

        def advance(gradients, learning_rate):
            clock[0] += 1
            descend(values, learning_rate, config["weightDecay"], lambda name: update(name, gradients[name]))

        return advance

    return make


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
often = {"rank": 2, "gap": 2, "scale": 0.25, "limiter": 1.01, **adam, "weightDecay": 0.0}
seldom = {"rank": 3, "gap": 200, "scale": 1.0, "limiter": 1.5, **adam, "weightDecay": 0.1}
random = RandomBasis(93)
cross = {**often, "subspace": "random"}
save(__file__, {
    "source": source("torch"),
    "cases": [
        trajectory(91, often, 0.1, 5, fira(often)),
        trajectory(92, seldom, 0.1, 4, fira(seldom)),
        # Any subspace in place of the leading one: not of the paper.
        {**trajectory(93, cross, 0.1, 5, fira(cross, random)), "draws": random.draws},
    ],
})
