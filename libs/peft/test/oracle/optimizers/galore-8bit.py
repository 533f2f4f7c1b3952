"""
8-bit GaLore: GaLore as its own oracle has it (the paper's form, arXiv 2403.03507), with moments kept in block-wise codes of
8 bits (arXiv 2110.02861). The basis stays in floats.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import trajectory
from projected_adam import galore
from quantized import Adam8bit
from vector import save, source


def case(seed, config, steps):
    return trajectory(seed, config, 0.1, steps, galore(config, adam_of=Adam8bit))


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(211, {"rank": 2, "gap": 2, "scale": 0.25, **adam, "blockSize": 8, "minSize": 12, "weightDecay": 0.0}, 5),
        case(212, {"rank": 3, "gap": 200, "scale": 1.0, **adam, "blockSize": 256, "minSize": 0, "weightDecay": 0.1}, 4),
    ],
})
