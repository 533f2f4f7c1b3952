"""PELA from the authors' code (guoyang9/PELA): the SVD of a kernel, and the penalty on its perturbation, in torch float64."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from compression import factor_case, plain
from vector import save, source


def case(seed, config, **size):
    def penalty(a, b, kernel):
        return config.get("penalty", 1.0) * ((a @ b - kernel).abs().max() - config.get("epsilon", 1e-3)) ** 2

    return factor_case(
        seed, config, lambda p, r, _: plain(p.kernel, r), penalty=penalty, frozen=lambda p: {"pela_kernel": p.kernel}, **size
    )


save(__file__, {
    "source": source("torch"),
    "cases": [case(341, {"ratio": 0.7}), case(342, {"ratio": 0.8, "penalty": 0.5, "epsilon": 0.1}, inputs=7, outputs=4)],
})
