"""RankNet (Burges et al. 2005) with σ = 1 and the target 1, by torch.nn.functional.binary_cross_entropy_with_logits over all pairs."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import query_losses  # noqa: E402
from vector import save  # noqa: E402


def ranknet(scores, grades):
    found = query_losses.pairs(grades)
    if not found:
        return 0 * scores.sum()
    worse, better = map(list, zip(*found))
    logits = scores[better] - scores[worse]
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


save(__file__, query_losses.vector(ranknet, {}))
