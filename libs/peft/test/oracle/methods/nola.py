"""NOLA from the paper (arXiv 2310.02556) with the A0 of the authors' code, in torch float64: peft does not have it."""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    (inputs, outputs), rank, count = p.kernel.shape, config["rank"], config["bases"]
    bases_a = p.draw(count, inputs, rank, scale=0.5)
    bases_b = p.draw(count, rank, outputs, scale=0.5)
    a0 = p.draw(inputs, rank, scale=0.4)
    alpha, beta = (p.draw(count, scale=0.6).requires_grad_(True) for _ in range(2))

    def update():
        a, b = a0.clone(), torch.zeros(rank, outputs)
        for i in range(count):
            a = a + alpha[i] * bases_a[i]
            b = b + beta[i] * bases_b[i]
        return config["alpha"] / rank * a @ b

    def forward(x, target):
        output = x @ p.kernel + p.bias + x @ update()
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    rows = lambda t: t.reshape(count, -1)
    return run(
        p,
        forward,
        {"nola_alpha": (alpha, same), "nola_beta": (beta, same)},
        {"nola_basis_A": (bases_a, rows), "nola_basis_B": (bases_b, rows), "nola_A0": (a0, same)},
        lambda: (p.kernel + update(), p.bias),
        config,
        initial={"nola_alpha": torch.zeros(count), "nola_beta": torch.zeros(count)},
    )


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(211, {"rank": 2, "alpha": 8.0, "bases": 4}),
        case(212, {"rank": 3, "alpha": 1.5, "bases": 2}, inputs=7, outputs=4),
    ],
})
