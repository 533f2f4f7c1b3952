"""Uni-LoRA through peft.tuners.unilora: its places from a seed and the scales that follow from them; without a seed the library draws others."""
import sys
from pathlib import Path

import torch
from peft import UniLoraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        UniLoraConfig(
            r=config["rank"], theta_d_length=config["length"], proj_seed=config.get("places", 42), target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    vector = model.base_model.unilora_theta_d["default"]
    with torch.no_grad():
        vector.copy_(p.draw(*vector.shape, scale=1.5))
    frozen = {
        f"unilora_{kind}_{side}": (getattr(layer, f"unilora_{kind}_{side}")["default"], transposed)
        for kind in ("indices", "scales") for side in "AB"
    }

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    # Where every number is used as often as any other, all scales are equal, whatever is drawn.
    initial = {name: to(t) for name, (t, to) in frozen.items() if "scales" in name or "places" in config}
    return run(p, model, {"unilora_theta_d": (vector, same)}, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(471, {"rank": 2, "length": 9, "places": 7}),
        case(472, {"rank": 3, "length": 6}, inputs=6, outputs=4),
    ],
})
