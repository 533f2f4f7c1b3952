"""
EoRA from the paper (arXiv 2410.21271) in torch float64, with the plain mean of xxᵀ where the authors' code has a mean that
forgets: the eigenspace form, whose product the Cholesky form of SVD-LLM must give too. Kernels are pruned by magnitude,
rounded to nearest, or cut to lower rank.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from calibration import model_moments, moments, varied
from compression import eigenspace, plain, rank_of, scaled, whitened
from vector import problem, run, same, save, source


def pruning(kernel, config):
    values = kernel.clone().reshape(-1)
    smallest = values.abs().argsort(stable=True)[: int(config.get("sparsity", 0.5) * values.numel())]
    values[smallest] = 0
    return values.reshape(kernel.shape)


def rounding(kernel, config):
    scale = kernel.abs().max(dim=0).values / (2 ** (config.get("bits", 3) - 1) - 1)
    return scale * torch.floor(kernel / scale + 0.5)


def svd(kernel, config):
    a, b = plain(kernel, rank_of(kernel, config["ratio"]))
    return a @ b


def branch(error, rank, rows, weighing):
    if weighing == "entries":
        return plain(error, rank)
    if weighing == "magnitudes":
        return scaled(error, rank, rows.abs().mean(0) + 1e-6)
    a, b = eigenspace(error, rank, rows)
    other_a, other_b = whitened(error, rank, rows)
    assert torch.allclose(a @ b, other_a @ other_b, atol=1e-10), "both roots of the moment give one product"
    return a, b


def case(seed, config, **size):
    p = problem(seed, **size)
    (inputs, outputs), rank = p.kernel.shape, config["rank"]
    rows = varied(p.draw, 40, inputs, 0.8)
    compress = {"pruning": pruning, "rounding": rounding, "svd": svd}[config.get("compressor", "pruning")]
    left = compress(p.kernel, config)
    error = p.kernel - left
    first_a, first_b = branch(error, rank, rows, config.get("weighing", "outputs"))
    kernel = left.float().double()
    a = p.draw(inputs, rank, scale=0.5).requires_grad_(True)
    b = p.draw(rank, outputs, scale=0.5).requires_grad_(True)

    def forward(x, target):
        output = x @ kernel + p.bias + (x @ a) @ b
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    written = run(
        p, forward, {"lora_A": (a, same), "lora_B": (b, same)}, {}, lambda: (kernel + a @ b, p.bias), config,
        initial={"lora_A": first_a, "lora_B": first_b}, kernel=kernel,
    )
    return {**written, "calibration": {"inputs": moments(rows)}}


def in_turn(seed, config):
    """Inputs behind layers that are compensated already."""
    def compensated(kernel, rows):
        left = pruning(kernel, config)
        a, b = eigenspace(kernel - left, config["rank"], rows)
        return left + a @ b

    return model_moments(seed, config, compensated)


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(361, {"rank": 2}),
        case(362, {"rank": 1, "compressor": "rounding", "bits": 4}, inputs=7, outputs=4),
        case(363, {"rank": 2, "compressor": "svd", "ratio": 0.4}, inputs=7, outputs=4),
        case(365, {"rank": 2, "weighing": "magnitudes"}),
        case(366, {"rank": 2, "weighing": "entries"}),
        case(364, {"rank": 3, "sparsity": 0.7}, inputs=4, outputs=8),
    ],
    "calibrations": [in_turn(367, {"rank": 2, "inputs": "compressed"})],
})
