"""Clicks as they are: the softmax cross-entropy of the published code of DLA with all propensities 1 (arXiv 1804.05938)."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import clicked_lists  # noqa: E402
from vector import save  # noqa: E402

save(__file__, clicked_lists.vector(lambda _: torch.ones(10), [{}]))
