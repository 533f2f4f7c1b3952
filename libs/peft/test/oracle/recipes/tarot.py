"""TAROT's choice of a given size by the authors' code (arXiv 2412.00420), and what OT-MIX says of it and of its rivals."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import selected  # noqa: E402
from vector import save  # noqa: E402

selected.board()
save(__file__, selected.vector(lambda c, t, n: selected.layers(*selected.whitened(c, t), n), large=True))
