"""Bone through peft.tuners.miss, its name since peft 0.19."""
import sys
from pathlib import Path

import torch
from peft import MissConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(OneLayer(p.kernel, p.bias), MissConfig(r=config["rank"], target_modules=["layer"]))
    layer = model.base_model.model.layer
    block = layer.miss_block["default"]
    initial = {"miss_block": block.detach().clone()}
    with torch.no_grad():
        block.copy_(p.draw(*block.shape, scale=0.4))

    def effective():
        weight = layer.get_delta_weight_miss("default", layer.base_layer.weight.detach().clone())
        return weight.T, layer.base_layer.bias

    return run(p, model, {"miss_block": (block, same)}, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    # The rank divides the inputs, and does not.
    "cases": [case(121, {"rank": 2}, inputs=6, outputs=4), case(122, {"rank": 3})],
})
