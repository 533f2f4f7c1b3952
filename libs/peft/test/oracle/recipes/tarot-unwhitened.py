"""TAROT's choice (arXiv 2412.00420) by features that are centred and not whitened."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import selected  # noqa: E402
from vector import save  # noqa: E402

save(__file__, selected.vector(lambda c, t, n: selected.layers(*map(selected.unit, selected.centred(c, t)), n)))
