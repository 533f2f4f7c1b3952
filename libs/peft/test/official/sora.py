"""SoRA: the layer that its code puts beside a linear layer, without the penalty, which is in the trainer."""
from types import SimpleNamespace

import torch

from clone import Clone, absent
from vector import problem, run, transposed

clone = Clone("TsinghuaC3I/SoRA", "c275ac237b68b888a918cf9dad36d3827e46f616")
absent("opendelta.utils.signature", get_arg_names=None, get_arg_names_inside_func=None)
absent("opendelta.utils.name_based_addressing", List=list)
absent("opendelta.basemodel", DeltaBase=object)
absent("opendelta", BaseDeltaConfig=object)
file = "src/lora.py"
LowRankLinear = clone.module(file).LowRankLinear


def case(seed, config, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    rank = config["rank"]
    beside = LowRankLinear(inputs, outputs, p.kernel, r=rank, lora_alpha=config["alpha"])
    with torch.no_grad():
        for tensor in (beside.lora_A, beside.lora_B, beside.gate):
            tensor.copy_(p.draw(*tensor.shape, scale=0.5))

    def forward(x, target):
        output = x @ p.kernel + p.bias + beside(x)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p, forward,
        {
            "lora_A": (beside.lora_A, transposed), "lora_B": (beside.lora_B, transposed),
            "gate": (beside.gate, lambda t: t.reshape(-1)),
        },
        {}, lambda: (p.kernel + beside(torch.eye(inputs)), p.bias), config,
    )


called = "LowRankLinear(in, out, weight, r, lora_alpha).forward"
clone.save(__file__, file, called, {"method": "sora", "cases": [
    case(551, {"rank": 3, "alpha": 16.0, "sparsity": 0.0}),
    case(552, {"rank": 4, "alpha": 2.0, "sparsity": 0.0}, inputs=7, outputs=4),
]})
