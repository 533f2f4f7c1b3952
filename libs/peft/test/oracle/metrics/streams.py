"""Measures of streams of tasks from the score on task j after task i: last, average and transfer as ZSCL (arXiv 2303.06628)
has them, forgetting as Chaudhry et al. (arXiv 1801.10112) after the last task. Read from the matrix with masks."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from vector import save  # noqa: E402


def measures(scores, direction):
    scores = np.asarray(scores, dtype=np.float64)
    tasks = len(scores)
    untrained = np.where(np.triu(np.ones_like(scores), 1) > 0, scores, np.nan)
    good = scores if direction == "maximize" else -scores
    lost = (good[:-1].max(axis=0) - good[-1])[:-1] if tasks > 1 else np.array([])
    return {
        "last": scores[-1].mean(),
        "average": scores.mean(axis=0).mean(),
        **({"transfer": np.nanmean(untrained[:, 1:], axis=0).mean(), "forgetting": lost.mean()} if tasks > 1 else {}),
    }


def case(scores, direction):
    scores = np.asarray(scores, dtype=np.float64)
    return {"scores": scores.tolist(), "direction": direction, **{k: float(v) for k, v in measures(scores, direction).items()}}


rng = np.random.default_rng(7)
save(__file__, {
    "cases": [
        case([[0.9, 0.5], [0.7, 0.8]], "maximize"),
        case([[0.25]], "maximize"),
        # Better at the end than ever before: forgetting is negative.
        case([[0.5, 0.5, 0.25], [0.5, 0.5, 0.5], [0.75, 1.0, 1.0]], "maximize"),
        case(rng.random((5, 5)), "maximize"),
        case(4 * rng.random((4, 4)), "minimize"),
    ],
})
