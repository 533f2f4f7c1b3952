"""
RankNet (Burges et al. 2005, doi 10.1145/1102351.1102363) with the target 1 for the row of the higher grade, σ = 1: the mean over
pairs of rows of a query with different grades of log(1 + exp(worse − better)), by loops over all pairs.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
import ranked  # noqa: E402
from vector import save  # noqa: E402


def softplus(x):
    return x + np.log(1 + np.exp(-x)) if x.real > 0 else np.log(1 + np.exp(x))


def ranknet(scores, grades):
    rows = range(len(grades))
    pairs = [(worse, better) for worse in rows for better in rows if grades[better] > grades[worse]]
    total = sum((softplus(scores[worse] - scores[better]) for worse, better in pairs), 0 * scores.sum())
    return total / max(1, len(pairs))


save(__file__, {"source": ranked.SOURCE, "cases": ranked.cases(ranknet)})
