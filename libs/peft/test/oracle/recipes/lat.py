"""
Latent adversarial training (arXiv 2407.15549) by projected gradient steps: away from the right class, and toward one. Where the step is as
long as the radius, every row ends on the sphere.
"""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import perturbed  # noqa: E402
from vector import save  # noqa: E402

save(
    __file__,
    perturbed.vector(
        ("away, after block 1", 1, {"radius": 0.7, "innerSteps": 4, "rate": 0.3, "weight": 0.5}),
        ("toward a class, after block 2", 2, {"radius": 1.5, "innerSteps": 3, "rate": 1.0, "weight": 0.25, "toward": 2}),
    ),
)
