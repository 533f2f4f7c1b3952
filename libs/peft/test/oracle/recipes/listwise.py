"""ListNet's top one probabilities (Cao et al. 2007) with shares of the grades as targets, by torch.nn.functional.log_softmax."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import query_losses  # noqa: E402
from vector import save  # noqa: E402


def listwise(scores, grades):
    shares = grades / grades.sum() if grades.sum() > 0 else grades
    return -(shares * torch.nn.functional.log_softmax(scores, dim=0)).sum()


save(__file__, query_losses.vector(listwise, {}))
