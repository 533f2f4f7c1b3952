"""
GradNormLoRP (arXiv 2412.19616) in torch float64: W = M · (W0 + s·I·J) / ‖W0 + s·I·J‖, and torch differentiates it all: the
paper's form, with the term by which lengths follow the direction, which the authors' code leaves out.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    rank, scale = config["rank"], config["alpha"] / config["rank"]
    inputs, outputs = p.kernel.shape
    i = p.draw(inputs, rank, scale=0.5).requires_grad_(True)
    j = p.draw(rank, outputs, scale=0.5).requires_grad_(True)
    magnitude = (p.draw(outputs, scale=0.5) + 1.5).requires_grad_(True)

    def kernel():
        direction = p.kernel + scale * i @ j
        return magnitude * direction / direction.norm(dim=0)

    def forward(x, target):
        output = x @ kernel() + p.bias
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    # What its orthogonality comes from: the same loss as a function of the direction itself.
    direction = (p.kernel + scale * i @ j).detach().requires_grad_(True)
    output = p.x @ (magnitude.detach() * direction / direction.norm(dim=0)) + p.bias
    (gradient,) = torch.autograd.grad(((output - p.target) ** 2).mean(), direction)
    assert ((gradient * direction).sum(0).abs() < 1e-12).all(), "nothing of the gradient lies along the direction"

    trained = {"lora_A": (i, same), "lora_B": (j, same), "lora_magnitude_vector": (magnitude, same)}
    initial = {"lora_B": torch.zeros(rank, outputs), "lora_magnitude_vector": p.kernel.norm(dim=0)}
    return run(p, forward, trained, {}, lambda: (kernel(), p.bias), config, initial=initial)


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(501, {"rank": 3, "alpha": 8.0}),
        case(502, {"rank": 1, "alpha": 1.0}, inputs=7, outputs=4),
    ],
})
