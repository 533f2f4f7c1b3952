"""BEFT through peft.tuners.beft, which names the values of attention as the layers to choose and adds a bias to any."""
import sys
from pathlib import Path

import torch
from peft import BeftConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, flat, problem, run, save, source


def case(seed, **size):
    p = problem(seed, **size)
    model = get_peft_model(OneLayer(p.kernel, p.bias), BeftConfig(target_modules=["layer"]))
    layer = model.base_model.model.layer
    bias = layer.beft_bias["default"]
    initial = {"beft_bias": flat(bias.detach().clone())}
    with torch.no_grad():
        bias.copy_(p.draw(*bias.shape, scale=0.5))

    def effective():
        before = layer.base_layer.bias.detach().clone()
        layer.merge()
        merged = layer.base_layer.weight.detach().clone().T, layer.base_layer.bias.detach().clone()
        layer.unmerge()
        layer.base_layer.bias.data.copy_(before)
        return merged

    return run(p, model, {"beft_bias": (bias, flat)}, {}, effective, {}, initial=initial)


save(__file__, {"source": source("peft"), "cases": [case(341), case(342, inputs=6, outputs=4)]})
