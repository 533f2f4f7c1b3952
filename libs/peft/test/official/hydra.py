"""Hydra: the branch of its NLU code, beside and behind a linear layer as its model puts them, where the scale is 1."""
from types import SimpleNamespace

import torch

from clone import Clone
from vector import problem, run, transposed

clone = Clone("extremebird/Hydra", "4138457859666d49b9ca9e45473d8570586670bb")
file = "nlu/src/transformers/models/adapter.py"
Hydra = clone.module(file).Hydra


def case(seed, config, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    beside = Hydra(inputs, outputs, config["rank"])
    behind = Hydra(outputs, outputs, round(config["sequentialRatio"] * config["rank"]))
    weights = [branch.weight for each in (beside, behind) for branch in (each.hydra_A, each.hydra_B)]
    with torch.no_grad():
        for weight in weights:
            weight.copy_(p.draw(*weight.shape, scale=0.4))

    def forward(x, target):
        base = x @ p.kernel + p.bias
        output = base + beside(x) + behind(base)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    def effective():
        eye = torch.eye(inputs)
        return p.kernel + beside(eye) + behind(p.kernel), p.bias + behind(p.bias)

    names = ["hydra_A", "hydra_B", "hydra_C", "hydra_D"]
    return run(p, forward, {name: (weight, transposed) for name, weight in zip(names, weights)}, {}, effective, config)


called = "Hydra(in, out, r).forward twice, as RobertaOutput adds them up"
clone.save(__file__, file, called, {"method": "hydra", "cases": [
    case(581, {"rank": 4, "sequentialRatio": 2.0, "scale": 1.0}),
    case(582, {"rank": 2, "sequentialRatio": 0.5, "scale": 1.0}, inputs=7, outputs=4),
]})
