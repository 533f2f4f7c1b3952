"""PEANuT through peft.tuners.peanut, with `relu`."""
import sys
from pathlib import Path

import torch
from peft import PeanutConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        PeanutConfig(r=config["rank"], depth=config["depth"], scaling=config["scale"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    trained = {"peanut_A": (layer.peanut_A["default"].weight, transposed)}
    for kind, modules in (("encoder", layer.peanut_encoders), ("decoder", layer.peanut_decoders)):
        for index, module in enumerate(modules["default"]):
            trained[f"peanut_{kind}_{index}"] = (module.weight, transposed)
    trained["peanut_B"] = (layer.peanut_B["default"].weight, transposed)
    initial = {"peanut_B": layer.peanut_B["default"].weight.detach().clone().T}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.8))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(451, {"rank": 3, "depth": 0, "scale": 1.5}),
        case(452, {"rank": 3, "depth": 2, "scale": 1.0}, inputs=6, outputs=4),
    ],
})
