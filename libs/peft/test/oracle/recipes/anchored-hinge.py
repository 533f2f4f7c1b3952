"""
Pairs by a margin and anchors on the scale of grades (arXiv 2105.11108, whose equations were not read: as they are described): of grades 0 to L the anchor of g
is (g + 1/2) / (L + 1), which of five grades is g / 5 + 0.1. By torch.nn.functional.margin_ranking_loss and autograd.
"""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import query_losses  # noqa: E402
from vector import save  # noqa: E402

LARGEST = 4


def anchored(scores, grades, margin, slack, **weights):
    loss = query_losses.hinge(scores, grades, margin)
    anchors = (grades + 0.5) / (LARGEST + 1)
    return loss + weights["lambda"] * torch.clamp((scores - anchors) ** 2 - slack, min=0).mean()


vector = query_losses.vector(
    anchored, {"margin": 0.1, "lambda": 1.0, "slack": 0.01}, {"margin": 0.5, "lambda": 0.3, "slack": 0.2}
)
for case in vector["cases"]:
    case["state"] = {"largest": [LARGEST]}
save(__file__, vector)
