"""BD-LoRA through peft.tuners.lora with `use_bdlora`: one factor or the other is block-diagonal."""
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import BdLoraConfig

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, save, source, transposed


def case(seed, config, role, **size):
    p = problem(seed, **size)
    first = role in ("output", "down")
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        LoraConfig(
            r=config["rank"], lora_alpha=config["alpha"], target_modules=["layer"],
            use_bdlora=BdLoraConfig(
                nblocks=config["blocks"], **{f"target_modules_bd_{'a' if first else 'b'}": ["layer"]},
            ),
        ),
    )
    layer = model.base_model.model.layer
    trained = {
        "bdlora_A": (layer.lora_A["default"].weight, transposed),
        "bdlora_B": (layer.lora_B["default"].weight, transposed),
    }
    initial = {"bdlora_B": trained["bdlora_B"][0].detach().clone().T}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))

    def effective():
        variant = layer.lora_variant["default"]
        weight = layer.base_layer.weight.detach() + variant._get_bdlora_delta_weight(layer, "default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config, role=role, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(401, {"rank": 4, "alpha": 3.0, "blocks": 2}, "query", inputs=6, outputs=8),
        case(402, {"rank": 3, "alpha": 3.0, "blocks": 3}, "down", inputs=9, outputs=5),
    ],
})
