"""
RandLoRA through peft.tuners.randlora. The scale of the authors' code, alpha / (rank · √products), is peft's where its alpha is
divided by √products.
"""
import math
import sys
from pathlib import Path

import torch
from peft import RandLoraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    rank = config["rank"]
    scaling = config.get("scaling", "authors")
    products = math.ceil(min(p.kernel.shape) / rank)
    alpha = config.get("alpha", {"authors": 2, "peft": 20}[scaling] * rank)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        RandLoraConfig(
            r=rank,
            randlora_alpha=alpha / (1 if scaling == "peft" else math.sqrt(products)),
            sparse=config.get("bases") == "sparse",
            target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    for buffers in (layer.randlora_A, layer.randlora_B):
        buffers["default"] = buffers["default"].float().double()
    frozen = {
        "randlora_A": (layer.randlora_A["default"], lambda t: t[:, 0]),
        "randlora_B": (layer.randlora_B["default"], same),
    }
    trained = {
        "randlora_lambda": (layer.randlora_lambda["default"], same),
        "randlora_gamma": (layer.randlora_gamma["default"], same),
    }
    initial = {name: t.detach().clone() for name, (t, _) in trained.items()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.3))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    # Wider than high with a rank that does not divide, higher than wide.
    "cases": [
        case(131, {"rank": 2, "alpha": 1.0, "scaling": "peft"}),
        case(132, {"rank": 3}, inputs=7, outputs=6),
        case(133, {"rank": 2, "alpha": 2.0, "scaling": "authors", "bases": "sparse"}, inputs=4, outputs=6),
    ],
})
