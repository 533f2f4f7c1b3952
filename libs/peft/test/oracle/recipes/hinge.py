"""Pairs by a margin (Herbrich et al. 2000), by torch.nn.functional.margin_ranking_loss over all pairs."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import query_losses  # noqa: E402
from vector import save  # noqa: E402

save(__file__, query_losses.vector(query_losses.hinge, {"margin": 1.25}, {"margin": 0.3}))
