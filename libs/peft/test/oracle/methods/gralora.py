"""GraLoRA through peft.tuners.gralora, without its hybrid rank."""
import sys
from pathlib import Path

import torch
from peft import GraloraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        GraloraConfig(r=config["rank"], gralora_k=config["blocks"], alpha=config["alpha"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    trained = {name: (getattr(layer, name)["default"], same) for name in ("gralora_A", "gralora_B")}
    initial = {"gralora_B": layer.gralora_B["default"].detach().clone()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(341, {"rank": 4, "blocks": 2, "alpha": 3.0}, inputs=6, outputs=8),
        case(342, {"rank": 3, "blocks": 3, "alpha": 3.0}, inputs=6, outputs=3),
        # As LoRA.
        case(343, {"rank": 2, "blocks": 1, "alpha": 4.0}),
    ],
})
