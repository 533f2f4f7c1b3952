"""ASVD from the paper (arXiv 2312.05821) and the authors' defaults, in torch float64."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from calibration import model_moments
from compression import factor_case, scaled
from vector import save, source


def case(seed, config, **size):
    def make(p, rank, rows):
        return scaled(p.kernel, rank, rows.abs().mean(0) ** config.get("alpha", 0.5) + 1e-6)

    return factor_case(seed, config, make, calibrated=True, **size)


save(__file__, {
    "source": source("torch"),
    "cases": [case(311, {"ratio": 0.7}), case(312, {"ratio": 0.8, "alpha": 1.0}, inputs=7, outputs=4)],
    "calibrations": [model_moments(313)],
})
