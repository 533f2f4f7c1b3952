"""PVeRA through peft.tuners.pvera: in evaluation with means alone, in training with the normal numbers that are given."""
import sys
from pathlib import Path

import torch
from peft import PveraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, array, problem, run, same, save, source, training, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        PveraConfig(r=config["rank"], d_initial=config["initialScale"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    for buffers in (layer.pvera_A, layer.pvera_B):
        buffers["default"] = buffers["default"].float().double()
    frozen = {"pvera_A": (layer.pvera_A["default"], transposed), "pvera_B": (layer.pvera_B["default"], transposed)}
    trained = {
        "pvera_lambda_d": (layer.pvera_lambda_d["default"], same),
        "pvera_lambda_b": (layer.pvera_lambda_b["default"], same),
    }
    initial = {name: t.detach().clone() for name, (t, _) in trained.items()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.4))
            tensor.copy_(tensor.float().double())

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    normals = p.draw(p.x.shape[0], config["rank"])
    randn_like, torch.randn_like = torch.randn_like, lambda std: normals
    step = training(p, model.train(), trained, {"normals": array(normals)})
    torch.randn_like = randn_like
    return {**run(p, model.eval(), trained, frozen, effective, config, initial=initial), "training": [step]}


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(371, {"rank": 3, "initialScale": 0.1}),
        case(372, {"rank": 5, "initialScale": 0.5}, inputs=7, outputs=4),
    ],
})
