"""LoRA on a frozen kernel with the bias trained: Python peft with bias="lora_only"."""
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config):
    p = problem(seed)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        LoraConfig(r=config["rank"], lora_alpha=config["alpha"], bias="lora_only", target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    bias = layer.base_layer.bias
    trained = {
        "lora_A": (layer.lora_A["default"].weight, transposed),
        "lora_B": (layer.lora_B["default"].weight, transposed),
        "bias": (bias, same),
    }
    initial = {"lora_B": layer.lora_B["default"].weight.detach().clone().T}
    with torch.no_grad():
        for tensor, _ in list(trained.values())[:2]:
            tensor.copy_(p.draw(*tensor.shape, scale=0.5))
    effective = lambda: ((layer.base_layer.weight + layer.get_delta_weight("default")).T, bias)
    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [case(401, {"rank": 3, "alpha": 8.0}), case(402, {"rank": 1, "alpha": 1.0})],
})
