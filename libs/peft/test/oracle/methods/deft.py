"""DEFT through peft.tuners.deft, with directions by `relu` and by `qr`, and the R that leaves the weight as it was."""
import sys
from pathlib import Path

import torch
from peft import DeftConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, save, source, transposed

# peft projects in float32 whatever the weight is; this keeps it in float64.
torch.float32 = torch.float64


def case(seed, config, **size):
    p = problem(seed, **size)
    settings = {"alpha": config.get("alpha"), "decomposition_method": config.get("decomposition", "relu")}
    model = get_peft_model(OneLayer(p.kernel, p.bias), DeftConfig(r=config["rank"], **settings, target_modules=["layer"]))
    layer = model.base_model.model.layer
    trained = {name: (getattr(layer, name)["default"], transposed) for name in ("deft_P", "deft_R")}
    assert layer.get_delta_weight("default").abs().max() < 1e-12
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(441, {"rank": 2}),
        case(442, {"rank": 3}, inputs=6, outputs=4),
        case(443, {"rank": 2, "alpha": 5}),
        case(444, {"rank": 3, "decomposition": "qr"}),
        case(445, {"rank": 3, "alpha": 5, "decomposition": "qr"}, inputs=6, outputs=4),
    ],
})
