"""
Projection away from unwanted words (arXiv 2412.09169, by the equation of a secondary page): with V the right singular vectors of their embeddings
by numpy, x − strength · x V Vᵀ. With strength 1 nothing along V is left, and what is orthogonal to V never changes.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
import asked  # noqa: E402
from vector import save  # noqa: E402


def projected(wanted, unwanted, strength=1.0, rank=None):
    if len(unwanted) == 0:
        return wanted
    _, lengths, rows = np.linalg.svd(unwanted, full_matrices=False)
    rows = rows[lengths > 1e-6 * lengths[0]][:rank]
    along = rows.T @ rows
    left = wanted - strength * along @ wanted
    assert np.allclose(along @ along, along)
    assert np.allclose(along @ left, (1 - strength) * along @ wanted)
    assert np.allclose(left - along @ left, wanted - along @ wanted)
    return left


save(__file__, asked.vector(projected, {}, {"strength": 0.4}, {"strength": 1, "rank": 1}))
