"""
ZO-RankSGD (arXiv 2303.03751): SGD as torch has it on estimates, and the weights of the perturbations in an estimate. These
come from the pairs themselves: the estimate is the mean of xi_j - xi_i over all pairs of which it is known that i is better
than j, that is every pair of the best k and each of these with each of the others. The authors' code has weights whose sum
is not 0; the paper is taken.
"""
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import torch_optimizer, trajectory
from vector import save, source


def weights(losses, best):
    order = list(np.argsort(losses, kind="stable"))
    better = [(order[i], order[j]) for i in range(best) for j in range(i + 1, len(losses))]
    total = np.zeros(len(losses))
    for i, j in better:
        total[j] += 1
        total[i] -= 1
    return list(total / len(better))


def estimate(seed, candidates, best):
    losses = [float(x) for x in np.random.default_rng(seed).standard_normal(candidates)]
    return {"config": {"candidates": candidates, "best": best}, "losses": losses, "weights": weights(losses, best)}


def case(seed, config, learning_rate):
    sgd = lambda groups: torch.optim.SGD(groups, lr=learning_rate)
    return trajectory(seed, config, learning_rate, 3, torch_optimizer(sgd, config["weightDecay"]))


ties = [0.5, 0.25, 0.5, 0.25, 1.0]
save(__file__, {
    "source": source("torch"),
    "cases": [case(261, {"candidates": 4, "best": 2, "distance": 0.01, "weightDecay": 0.1}, 0.1)],
    "estimates": [
        estimate(1, 5, 2),
        estimate(2, 6, 6),
        estimate(3, 7, 1),
        estimate(4, 2, 1),
        {"config": {"candidates": 5, "best": 3}, "losses": ties, "weights": weights(ties, 3)},
    ],
})
