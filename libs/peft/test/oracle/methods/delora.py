"""DeLoRA through peft.tuners.delora; strengths near 1, where its default is 15."""
import sys
from pathlib import Path

import torch
from peft import DeloraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        DeloraConfig(r=config["rank"], delora_lambda=config["lambda"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    factors = {name: (getattr(layer, name)["default"], transposed) for name in ("delora_A", "delora_B")}
    strength = layer.delora_lambda["default"]
    initial = {
        "delora_B": layer.delora_B["default"].detach().clone().T,
        "delora_lambda": strength.detach().clone(),
        "delora_w_norm": layer.delora_w_norm["default"].clone(),
    }
    layer.delora_w_norm["default"] = layer.delora_w_norm["default"].float().double()
    with torch.no_grad():
        for tensor, _ in factors.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))
        strength.add_(p.draw(1, scale=0.3))
        strength.copy_(strength.float().double())
    trained = {**factors, "delora_lambda": (strength, same)}
    frozen = {"delora_w_norm": (layer.delora_w_norm["default"], same)}

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(323, {"rank": 3, "lambda": 1.0}),
        case(322, {"rank": 1, "lambda": 2.5}, inputs=6, outputs=4),
    ],
})
