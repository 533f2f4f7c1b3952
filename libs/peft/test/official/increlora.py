"""IncreLoRA: its linear layer with a rank below the number of its factors, as behind a growth; the penalty is its trainer's and is 0 here."""
from types import SimpleNamespace

import torch

from clone import Clone, absent
from vector import problem, run, same, transposed

clone = Clone("FeiyuZhang98/IncreLoRA", "51a2d734af7883ef90425206057c1ef25997b359")
absent("ipdb")
file = "loralib/loralib/increlora.py"
SVDLinear = clone.module(file, siblings=["layers.py"]).SVDLinear


def case(seed, config, rank, capacity, **size):
    p = problem(seed, **size)
    layer = SVDLinear(*p.kernel.shape, r=capacity, lora_alpha=config["alpha"], merge_weights=False)
    a, e, b = layer.lora_A[0], layer.lora_E[0], layer.lora_B[0]
    with torch.no_grad():
        layer.weight.copy_(p.kernel.T)
        layer.bias.copy_(p.bias)
        layer.ranknum.fill_(rank)
        for tensor in (a, e, b):
            tensor.copy_(p.draw(*tensor.shape, scale=0.5))
    layer.bias.requires_grad_(False)

    def forward(x, target):
        output = layer(x)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p, forward,
        {"lora_A": (a, transposed), "lora_E": (e, lambda t: t.reshape(-1)), "lora_B": (b, transposed)},
        {"lora_rank": (layer.ranknum, same)},
        lambda: (layer(torch.eye(p.kernel.shape[0])) - layer.bias, layer.bias), config,
    )


called = "SVDLinear(in, out, r, lora_alpha).forward, ranknum set to the rank that it has grown to"
shared = {"increment": 1, "initialRank": 1, "orthogonality": 0.0, "advance": True}
clone.save(__file__, file, called, {"method": "increlora", "cases": [
    case(601, {"rank": 2, "ceiling": 2.0, "alpha": 16.0, **shared}, rank=2, capacity=4),
    case(602, {"rank": 3, "ceiling": 1.0, "alpha": 3.0, **shared}, rank=3, capacity=3, inputs=7, outputs=4),
]})
