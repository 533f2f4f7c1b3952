"""
LambdaRank as in Burges 2010, "From RankNet to LambdaRank to LambdaMART", section 4: the lambda of a pair is RankNet's times the change of
nDCG where its rows change places in the order of the scores. Gains are the grades, as in the metric; the change is found by computing
DCG of both orders, and has no gradient.
"""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import query_losses  # noqa: E402
from vector import save  # noqa: E402


def dcg(grades, cut):
    places = torch.arange(min(cut, len(grades)))
    return (grades[: len(places)] / torch.log2(places + 2.0)).sum()


def lambdas(scores, grades, cut):
    order = torch.sort(scores.detach(), descending=True, stable=True).indices.tolist()
    place = {row: at for at, row in enumerate(order)}
    best = dcg(torch.sort(grades, descending=True).values, cut)
    total = 0 * scores.sum()
    for worse, better in query_losses.pairs(grades):
        swapped = list(order)
        swapped[place[worse]], swapped[place[better]] = better, worse
        change = (dcg(grades[swapped], cut) - dcg(grades[order], cut)).abs() / best
        total = total + change * torch.nn.functional.softplus(scores[worse] - scores[better])
    return total


save(__file__, query_losses.vector(lambdas, {"cut": 10}, {"cut": 3}))
