"""HiRA through peft.tuners.hira, which has no factor in front of the product."""
import sys
from pathlib import Path

import torch
from peft import HiraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(OneLayer(p.kernel, p.bias), HiraConfig(r=config["rank"], target_modules=["layer"]))
    layer = model.base_model.model.layer
    trained = {name: (getattr(layer, name)["default"], transposed) for name in ("hira_A", "hira_B")}
    initial = {"hira_B": layer.hira_B["default"].detach().clone().T}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))

    def effective():
        weight = layer.base_layer.weight.detach()
        return (weight + weight * layer.get_delta_weight("default").detach()).T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [case(301, {"rank": 2}), case(302, {"rank": 3}, inputs=6, outputs=4)],
})
