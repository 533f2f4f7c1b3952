"""The mean of cosines of gradients, as LESS ranks examples (arXiv 2402.04333) but by one checkpoint and without Adam."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import selected  # noqa: E402
from vector import save  # noqa: E402

save(__file__, selected.vector(lambda c, t, n: selected.nearest_on_average(selected.unit(c), selected.unit(t), n)))
