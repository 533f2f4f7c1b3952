"""Adversarial training at what comes before the first block (Miyato et al. 2016, arXiv 1605.07725), by several projected steps."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import perturbed  # noqa: E402
from vector import save  # noqa: E402

save(
    __file__,
    perturbed.vector(
        ("away, at the inputs", 0, {"radius": 0.4, "innerSteps": 3, "rate": 0.5, "weight": 1.0}),
    ),
)
