"""LoKr through peft.tuners.lokr."""
import sys
from pathlib import Path

import torch
from peft import LoKrConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        LoKrConfig(
            r=config["rank"],
            alpha=config["alpha"],
            decompose_both=config.get("decomposeBoth", False),
            decompose_factor=config.get("decomposeFactor", -1),
            target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    names = ("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b")
    trained = {name: (getattr(layer, name)["default"], transposed) for name in names if "default" in getattr(layer, name)}
    zero = "lokr_w1" if "lokr_w1" in trained else "lokr_w1_a"
    initial = {zero: trained[zero][0].detach().clone().T}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.5))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        # Both factors whole; prime sides.
        case(141, {"rank": 4, "alpha": 3.0}),
        # The large factor a product; sides 2·3 and 3·4.
        case(142, {"rank": 1, "alpha": 2.0}, inputs=6, outputs=12),
        # Both products; a factor that divides one side and is above the root of the other.
        case(143, {"rank": 1, "alpha": 2.0, "decomposeBoth": True, "decomposeFactor": 4}, inputs=18, outputs=8),
    ],
})
