"""Pairs by a margin (Herbrich et al. 2000), by torch.nn.functional.margin_ranking_loss over all pairs."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import query_losses  # noqa: E402
from vector import save  # noqa: E402


def hinge(scores, grades, margin):
    found = query_losses.pairs(grades)
    if not found:
        return 0 * scores.sum()
    worse, better = map(list, zip(*found))
    return torch.nn.functional.margin_ranking_loss(
        scores[better], scores[worse], torch.ones(len(found)), margin=margin
    )


save(__file__, query_losses.vector(hinge, {"margin": 1.25}, {"margin": 0.3}))
