"""
GradNormLoRP's projected Adam (arXiv 2412.19616) in torch float64: D = U · ρ(Uᵀ·G·Z) · Zᵀ for kernels and the factors of
their updates, with U and Z the leading singular vectors of the gradient at steps 1, 1 + gap, ...; Adam for all else.

What the paper leaves open is as in galore.py: decay is decoupled, and the largest entry of a basis vector is positive.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import PARAMETERS, Adam, descend, left_basis, trajectory
from vector import save, source

DIRECTIONS = ("kernel", "lora_A", "lora_B")


def projected(config):
    rank, two_sided = config["subspaceRank"], config["sides"] == "both"

    def make(values):
        adam, bases, now = Adam(config), {}, [0]

        def update(name, gradient):
            role, shape = PARAMETERS[name]
            if role not in DIRECTIONS or min(shape) <= rank:
                return adam.direction(name, gradient, now[0])
            if (now[0] - 1) % config["gap"] == 0:
                bases[name] = left_basis(gradient, rank), left_basis(gradient.T, rank)
            u, z = bases[name]
            if two_sided:
                return config["scale"] * (u @ adam.direction(name, u.T @ gradient @ z, now[0]) @ z.T)
            if shape[0] <= shape[1]:
                return config["scale"] * (u @ adam.direction(name, u.T @ gradient, now[0]))
            return config["scale"] * (adam.direction(name, gradient @ z, now[0]) @ z.T)

        def advance(gradients, learning_rate):
            now[0] += 1
            descend(values, learning_rate, config["weightDecay"], lambda name: update(name, gradients[name]))

        return advance

    return make


def case(seed, config, learning_rate, steps):
    return trajectory(seed, config, learning_rate, steps, projected(config))


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(151, {"subspaceRank": 2, "gap": 200, "sides": "shorter", "scale": 0.5, **adam, "weightDecay": 0.1}, 0.1, 4),
        case(152, {"subspaceRank": 2, "gap": 2, "sides": "both", "scale": 1.0, **adam, "weightDecay": 0.0}, 0.1, 5),
    ],
})
