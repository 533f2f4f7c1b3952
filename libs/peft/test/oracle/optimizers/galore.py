"""
GaLore from the paper (arXiv 2403.03507, algorithms 1 and 2), in torch float64.

Where the authors' code differs the paper is taken: epsilon after the bias correction, and the shorter side projected.
What the paper leaves open: weight decay is decoupled and unscaled by `scale`; the entry of largest magnitude of every
basis vector is positive (its sign matters because the moments are kept when the basis is refreshed).
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import trajectory
from projected_adam import RandomBasis, galore
from vector import save, source


def case(seed, config, learning_rate, steps):
    return trajectory(seed, config, learning_rate, steps, galore(config))


def at_random(seed, config, learning_rate, steps):
    """Any subspace in place of the leading one: not of the paper, which compares with it."""
    basis = RandomBasis(seed)
    made = trajectory(seed, config, learning_rate, steps, galore(config, basis_of=basis))
    return {**made, "draws": basis.draws}


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(71, {"rank": 2, "gap": 2, "scale": 0.25, **adam, "weightDecay": 0.0}, 0.1, 5),
        case(72, {"rank": 3, "gap": 200, "scale": 1.0, **adam, "weightDecay": 0.1}, 0.1, 4),
        at_random(73, {"rank": 2, "gap": 2, "subspace": "random", "scale": 0.5, **adam, "weightDecay": 0.0}, 0.1, 5),
    ],
})
