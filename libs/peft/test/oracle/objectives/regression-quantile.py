"""
The pinball loss (Koenker and Bassett 1978, Econometrica 46) at 0.1, 0.5 and 0.9, its subgradient by cases, and what is scored of
three quantiles, in float64 from the formulas. Scores are in the number's own unit.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from losses import exact, influences  # noqa: E402
from vector import save  # noqa: E402

LEVELS = np.array([0.1, 0.5, 0.9])


def pinball(outputs, values):
    missing = values[:, None] - outputs
    return np.maximum(LEVELS * missing, (LEVELS - 1) * missing)


def case(name, outputs, values, mean, deviation):
    outputs, values = exact(outputs), exact(values)
    rows = len(values)
    slope = np.where(values[:, None] > outputs, -LEVELS, 1 - LEVELS)
    columns = {
        "loss": pinball(outputs, values).mean(axis=1),
        "pinball": pinball(mean + deviation * outputs, mean + deviation * values).mean(axis=1),
        "absoluteError": np.abs(deviation * (outputs[:, 1] - values)),
        "covered": ((outputs[:, 0] <= values) & (values <= outputs[:, 2])).astype(float),
    }
    metrics = {
        "pinball": lambda weights: np.average(columns["pinball"], weights=weights),
        "mae": lambda weights: np.average(columns["absoluteError"], weights=weights),
        "coverageError": lambda weights: abs(np.average(columns["covered"], weights=weights) - 0.8),
    }
    return {
        "name": name,
        "outputs": outputs.tolist(),
        "values": values.tolist(),
        "unit": {"mean": mean, "deviation": deviation},
        "loss": float(pinball(outputs, values).mean()),
        "gradient": (slope / (rows * len(LEVELS))).tolist(),
        "columns": {key: column.tolist() for key, column in columns.items()},
        "metrics": {
            key: {"value": float(metric(np.ones(rows))), "influences": influences(metric, rows)}
            for key, metric in metrics.items()
        },
    }


rng = np.random.default_rng(12)
values = rng.normal(0, 1, 24)
guesses = 0.7 * values[:, None] + rng.normal(0, 0.3, (24, 1)) + np.array([-0.6, 0, 0.6])
save(
    __file__,
    {
        "source": f"numpy {np.__version__}, float64",
        "cases": [
            case("quantiles in order", guesses, values, 40.0, 12.0),
            case("quantiles that cross, and too narrow a band", guesses[:, ::-1] / 4, values, -3.0, 0.5),
        ],
    },
)
