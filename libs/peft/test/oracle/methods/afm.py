"""
Atomic Feature Mimicking from the equations of the paper (arXiv 2405.18146), by the covariance of outputs, in torch float64;
the authors' demo, which keeps the sums of its last batch alone, is not followed.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from compression import factor_case, mimicking, table_case
from vector import save, source


def case(seed, config, bent=False, **size):
    make = lambda p, rank, rows: mimicking(p.kernel, p.bias, rank, rows, bent)
    return factor_case(seed, config, make, calibrated=True, shift=True, bent=bent, **size)


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(331, {"ratio": 0.7}),
        case(332, {"ratio": 0.8}, inputs=7, outputs=4),
        case(333, {"ratio": 0.7, "between": "relu"}, bent=True),
    ],
    "tables": [
        table_case(334, {"ratio": 0.6}, 2),
        table_case(335, {"rank": 3, "between": "relu"}, 3, height=7, width=8),
    ],
})
