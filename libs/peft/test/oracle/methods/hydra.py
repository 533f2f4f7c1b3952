"""Hydra from the equations of the paper (arXiv 2309.06922), in torch float64: peft does not have it."""
import sys
from math import ceil
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    (inputs, outputs), rank, scale = p.kernel.shape, config["rank"], config["scale"]
    after = ceil(config["sequentialRatio"] * rank)
    shapes = {"hydra_A": (inputs, rank), "hydra_B": (rank, outputs), "hydra_C": (outputs, after), "hydra_D": (after, outputs)}
    a, b, c, d = factors = [p.draw(*shape, scale=0.4).requires_grad_(True) for shape in shapes.values()]

    def forward(x, target):
        base = x @ p.kernel + p.bias
        output = base + scale * (x @ a) @ b + scale * (base @ c) @ d
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p,
        forward,
        {name: (tensor, same) for name, tensor in zip(shapes, factors)},
        {},
        lambda: (p.kernel + scale * (a @ b + p.kernel @ c @ d), p.bias + scale * p.bias @ c @ d),
        config,
        initial={name: torch.zeros(shapes[name]) for name in ("hydra_B", "hydra_D")},
    )


save(__file__, {
    "source": source("torch"),
    # As in the authors' script for CoLA; fewer sequential than parallel ranks, rounded up.
    "cases": [
        case(221, {"rank": 2, "sequentialRatio": 2.0, "scale": 1.0}),
        case(222, {"rank": 3, "sequentialRatio": 0.5, "scale": 0.7}, inputs=7, outputs=4),
    ],
})
