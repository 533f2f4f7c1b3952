"""SHiRA through peft.tuners.shira: its random places, from a seed, and the weight that it adds them to."""
import sys
from pathlib import Path

import torch
from peft import ShiraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        ShiraConfig(r=config["rank"], random_seed=config["places"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    values = layer.shira_weight["default"]
    initial = {"shira_weight": values.detach().clone()}
    with torch.no_grad():
        values.copy_(p.draw(*values.shape, scale=0.6))
    # Input and output of each entry, where peft has outputs before inputs.
    places = layer.shira_indices["default"].flip(0).T
    frozen = {"shira_indices": (places, same)}

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach().to_dense()
        return weight.T, layer.base_layer.bias

    initial["shira_indices"] = places
    return run(p, model, {"shira_weight": (values, same)}, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(351, {"rank": 1, "places": 42}),
        case(352, {"rank": 2, "places": 7}, inputs=8, outputs=4),
    ],
})
