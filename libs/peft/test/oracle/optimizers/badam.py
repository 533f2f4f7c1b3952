"""
BAdam from the paper (arXiv 2404.02827, algorithm 1) in torch float64: `gap` steps of AdamW on one block after another, each
begun anew. As in the authors' code what lies outside the blocks is not trained; a head made for the task is.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from active import case, shuffled
from vector import save, source


def badam(seed, config, steps):
    rng, draws, orders = np.random.default_rng(seed), {}, {}

    def blocks_of_epoch(epoch):
        cycle, at = divmod(epoch, 3)
        if config["order"] == "descending":
            return [2 - at]
        if config["order"] == "ascending":
            return [at]
        if cycle not in orders:
            integers = []
            orders[cycle] = shuffled(3, 3, rng, integers)
            draws[f"blocks/{cycle}"] = {"integers": integers}
        return [orders[cycle][at]]

    made = case(seed, config, steps, blocks_of_epoch, lambda name, role: role == "head", True, draws)
    print("orders:", list(orders.values()))
    return made


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        badam(242, {"order": "random", "gap": 1, **adam, "weightDecay": 0.1}, 7),
        badam(243, {"order": "descending", "gap": 2, **adam, "weightDecay": 0.0}, 7),
        badam(244, {"order": "ascending", "gap": 3, **adam, "weightDecay": 0.0}, 4),
    ],
})
