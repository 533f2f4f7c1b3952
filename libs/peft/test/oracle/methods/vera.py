"""VeRA through peft.tuners.vera."""
import sys
from pathlib import Path

import torch
from peft import VeraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        VeraConfig(r=config["rank"], d_initial=config["initialScale"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    for buffers in (layer.vera_A, layer.vera_B):
        buffers["default"] = buffers["default"].float().double()
    frozen = {"vera_A": (layer.vera_A["default"], transposed), "vera_B": (layer.vera_B["default"], transposed)}
    trained = {
        "vera_lambda_d": (layer.vera_lambda_d["default"], same),
        "vera_lambda_b": (layer.vera_lambda_b["default"], same),
    }
    initial = {name: t.detach().clone() for name, (t, _) in trained.items()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.4))
            tensor.copy_(tensor.float().double())

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(101, {"rank": 3, "initialScale": 0.1}),
        case(102, {"rank": 6, "initialScale": 0.5}, inputs=7, outputs=4),
    ],
})
