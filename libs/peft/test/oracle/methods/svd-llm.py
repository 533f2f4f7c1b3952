"""SVD-LLM from the paper (arXiv 2403.07378), by Cholesky whitening, in torch float64."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from calibration import model_moments
from compression import eigenspace, factor_case, rank_of, whitened
from vector import save, source


def case(seed, config, **size):
    def make(p, rank, rows):
        a, b = whitened(p.kernel, rank, rows)
        other_a, other_b = eigenspace(p.kernel, rank, rows)
        assert torch.allclose(a @ b, other_a @ other_b, atol=1e-10), "both roots of the moment give one product"
        return a, b

    return factor_case(seed, config, make, calibrated=True, **size)


def in_turn(seed, config):
    """Inputs behind layers that are compressed already; of values of low rank the moment is singular, and has no Cholesky root."""
    def compress(kernel, rows):
        rank = rank_of(kernel, config["ratio"])
        values, vectors = torch.linalg.eigh(rows.T @ rows / rows.shape[0])
        root = values.clamp(min=0).sqrt()[:, None] * vectors.T
        u, sigma, vt = torch.linalg.svd(root @ kernel, full_matrices=False)
        assert sigma[rank - 1] - sigma[rank] > 1e-3 * sigma[0], "singular values are too near for one answer"
        return torch.linalg.pinv(root, rtol=1e-7) @ (u[:, :rank] * sigma[:rank]) @ vt[:rank]

    return model_moments(seed, config, compress)


save(__file__, {
    "source": source("torch"),
    "cases": [case(321, {"ratio": 0.7}), case(322, {"ratio": 0.8}, inputs=7, outputs=4)],
    "calibrations": [in_turn(323, {"ratio": 0.7, "inputs": "compressed"})],
})
