"""(IA)3 through peft.tuners.ia3: layers rescaled at their output and at their input, as usual and by choice."""
import sys
from pathlib import Path

import torch
from peft import IA3Config, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, flat, problem, run, save, source


def case(seed, feedforward, role, config):
    p = problem(seed)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        IA3Config(target_modules=["layer"], feedforward_modules=["layer"] if feedforward else []),
    )
    layer = model.base_model.model.layer
    scale = layer.ia3_l["default"]
    initial = {"ia3_l": flat(scale.detach().clone())}
    with torch.no_grad():
        scale.add_(p.draw(*scale.shape, scale=0.4))
        scale.copy_(scale.float().double())

    def effective():
        weight, bias = layer.base_layer.weight.detach().clone(), layer.base_layer.bias.detach().clone()
        layer.merge()
        merged = layer.base_layer.weight.detach().clone().T, layer.base_layer.bias.detach().clone()
        layer.unmerge()
        layer.base_layer.weight.data.copy_(weight)
        layer.base_layer.bias.data.copy_(bias)
        return merged

    return run(p, model, {"ia3_l": (scale, flat)}, {}, effective, config, role=role, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(21, False, "key", {}),
        case(22, True, "down", {}),
        case(23, True, "up", {"feedForward": "gate, up"}),
        case(24, False, "down", {"feedForward": ""}),
    ],
})
