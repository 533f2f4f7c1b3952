"""Cases of the three forms of peft.tuners.miss, the name of Bone since peft 0.19."""
import torch
from peft import MissConfig, get_peft_model

from vector import OneLayer, problem, run, same


def miss_case(seed, config, init_weights=True, scale=0.4, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        MissConfig(
            r=config["rank"], mini_r=config.get("columns", 1), init_weights=init_weights, target_modules=["layer"]
        ),
    )
    layer = model.base_model.model.layer
    block = layer.miss_block["default"]
    initial = {"miss_block": block.detach().clone()}
    with torch.no_grad():
        block.copy_(p.draw(*block.shape, scale=scale))

    def effective():
        weight = layer.base_layer.weight.detach().clone()
        if init_weights == "bat":
            weight += layer.get_delta_weight("default", weight)
        else:
            weight = layer.get_delta_weight_miss("default", weight)
        return weight.T, layer.base_layer.bias

    return run(p, model, {"miss_block": (block, same)}, {}, effective, config, initial=initial)
