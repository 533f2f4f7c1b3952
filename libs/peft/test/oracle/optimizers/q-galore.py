"""
Q-GaLore from the paper (arXiv 2407.08296, section 3) in torch float64: the moments in block-wise codes of 8 bits, the basis
in codes of 4, projected kernels rounded to 8 bits by chance after each step, and a gap that grows by `factor` when the mean |cos| between successive first
basis vectors over the last `window` refreshes is at least `threshold`.

Where the authors' code differs the paper is taken: a step counts once; the cosine without its sign. As in their code the
mean needs a full window, and the gradient is projected with the basis in its codes from the refresh on. Unlike there, the
vectors that are compared are those of the codes.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np

from optimizer_vector import PARAMETERS, trajectory
from projected_adam import Every, galore
from quantized import Adam8bit, groupwise4, stochastic8
from vector import save, source


grown = []


class Lazy(Every):
    def __init__(self, config):
        super().__init__(config)
        self.config, self.cosines = config, []

    def moved(self, old, new):
        # The new basis is compared before it is put into codes, the old one as it was kept.
        a, b = old[:, 0], new[:, 0]
        self.cosines = [*self.cosines, abs((a @ b / (a.norm() * b.norm())).item())][-self.config["window"] :]
        mean = sum(self.cosines) / self.config["window"]
        if len(self.cosines) == self.config["window"] and mean >= self.config["threshold"]:
            self.gap = int(self.gap * self.config["factor"])
            grown.append(self.gap)


def case(seed, config, steps):
    kept = lambda basis: groupwise4(basis, config["groupSize"])
    descends = galore(config, adam_of=Adam8bit, kept=kept, clock_of=Lazy)
    rng, draws = np.random.default_rng(seed), {}

    def rounding(values):
        advance, now = descends(values), [0]

        def then_round(gradients, learning_rate):
            now[0] += 1
            advance(gradients, learning_rate)
            for name, (role, shape) in PARAMETERS.items():
                if role != "kernel" or min(shape) <= config["rank"]:
                    continue
                drawn = rng.random(values[name].numel())
                draws[f"round/{name}/{now[0]}"] = {"uniforms": drawn.tolist()}
                values[name].copy_(stochastic8(values[name], config["groupSize"], drawn))

        return then_round

    made = trajectory(seed, config, 0.1, steps, rounding if config["roundWeights"] else descends)
    print("gaps that grew:", grown)
    grown.clear()
    return {**made, **({"draws": draws} if draws else {})}


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
lazy = {"threshold": 0.55, "window": 2, "factor": 2}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(221, {"rank": 2, "gap": 1, "scale": 0.25, "groupSize": 8, "roundWeights": True, **lazy, **adam, "blockSize": 8, "minSize": 12, "weightDecay": 0.0}, 7),
        case(222, {"rank": 3, "gap": 200, "scale": 1.0, "groupSize": 256, "roundWeights": False, **lazy, **adam, "blockSize": 256, "minSize": 0, "weightDecay": 0.1}, 4),
    ],
})
