"""
LISA from the paper (arXiv 2403.17919, algorithm 1) in torch float64: AdamW on `active` blocks, drawn uniformly without
replacement every `gap` steps, and on all that lies outside the blocks. Left open there: a block that stops being active
loses its moments; one that is drawn again at once goes on.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from active import case, shuffled
from vector import save, source


def lisa(seed, config, steps):
    rng, draws, chosen = np.random.default_rng(seed), {}, {}

    def blocks_of_epoch(epoch):
        if epoch not in chosen:
            integers = []
            chosen[epoch] = shuffled(3, config["active"], rng, integers)
            draws[f"blocks/{epoch}"] = {"integers": integers}
        return chosen[epoch]

    made = case(seed, config, steps, blocks_of_epoch, lambda name, role: True, False, draws)
    print("blocks:", [sorted(blocks) for blocks in chosen.values()])
    return made


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        lisa(231, {"active": 1, "gap": 2, **adam, "weightDecay": 0.1}, 7),
        lisa(232, {"active": 2, "gap": 1, **adam, "weightDecay": 0.0}, 5),
    ],
})
