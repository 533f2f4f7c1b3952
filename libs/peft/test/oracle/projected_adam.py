"""GaLore's Adam in a subspace, in torch float64, with what its 8-bit and 4-bit successors change of it."""
import numpy as np
import torch

from optimizer_vector import PARAMETERS, Adam, descend, left_basis


class Every:
    """A basis that moves at steps 1, 1 + gap, ..."""

    def __init__(self, config):
        self.gap = config["gap"]

    def due(self, step):
        return (step - 1) % self.gap == 0

    def moved(self, old, new):
        pass


class RandomBasis:
    """Q of normal numbers, with R's diagonal positive; what is drawn at each step for each tensor is recorded."""

    def __init__(self, seed):
        self.rng, self.draws = np.random.default_rng(seed), {}

    def __call__(self, name, step, gradient, rank):
        normals = self.rng.standard_normal((gradient.shape[0], rank))
        self.draws[f"subspace/{name}/{step}"] = {"normals": normals.tolist()}
        q, r = torch.linalg.qr(torch.tensor(normals))
        return q * torch.sign(torch.diagonal(r))


def leading_basis(name, step, gradient, rank):
    return left_basis(gradient, rank)


def galore(config, adam_of=Adam, kept=lambda basis: basis, clock_of=Every, basis_of=leading_basis):
    """`kept(basis)` is what is left of a basis that is stored."""
    rank = config["rank"]

    def make(values):
        adam, bases, clocks, now = adam_of(config), {}, {}, [0]

        def update(name, gradient):
            role, (inputs, *outputs) = PARAMETERS[name]
            if role != "kernel" or min(inputs, *outputs) <= rank:
                return adam.direction(name, gradient, now[0])
            left = inputs <= outputs[0]
            clock = clocks.setdefault(name, clock_of(config))
            if clock.due(now[0]):
                basis = basis_of(name, now[0], gradient if left else gradient.T, rank)
                if name in bases:
                    clock.moved(bases[name], basis)
                bases[name] = kept(basis)
            p = bases[name]
            if left:
                return config["scale"] * (p @ adam.direction(name, p.T @ gradient, now[0]))
            return config["scale"] * (adam.direction(name, gradient @ p, now[0]) @ p.T)

        def advance(gradients, learning_rate):
            now[0] += 1
            descend(values, learning_rate, config["weightDecay"], lambda name: update(name, gradients[name]))

        return advance

    return make
