"""Clicks by the inverse of true propensities, over that of the first place, in the loss of DLA's published code (arXiv 1804.05938)."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import clicked_lists  # noqa: E402
from vector import save  # noqa: E402

LOOKS = torch.tensor([0.68, 0.61, 0.48, 0.34, 0.28, 0.20, 0.11, 0.10, 0.08, 0.06])
TRUE = torch.tensor((LOOKS / LOOKS[0]).numpy().astype("float32").astype("float64"))

save(__file__, clicked_lists.vector(lambda state: 1 / state["looks"], [{"looks": TRUE}]))
