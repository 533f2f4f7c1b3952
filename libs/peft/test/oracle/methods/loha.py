"""LoHa through peft.tuners.loha."""
import sys
from pathlib import Path

import torch
from peft import LoHaConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias), LoHaConfig(r=config["rank"], alpha=config["alpha"], target_modules=["layer"])
    )
    layer = model.base_model.model.layer
    names = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
    trained = {name: (getattr(layer, name)["default"], transposed) for name in names}
    initial = {"hada_w2_b": layer.hada_w2_b["default"].detach().clone().T}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(111, {"rank": 2, "alpha": 3.0}),
        case(112, {"rank": 3, "alpha": 3.0}, inputs=6, outputs=4),
    ],
})
