"""Lily through peft.tuners.lily, on the one layer of a group."""
import sys
from pathlib import Path

import torch
from peft import LilyConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    settings = LilyConfig(
        r=config["rank"],
        stride_A=config["stride"],
        num_B=config["experts"],
        scaling=config["scale"],
        target_modules=["layer"],
    )
    model = get_peft_model(OneLayer(p.kernel, p.bias), settings)
    layer = model.base_model.model.layer
    trained = {
        "lily_A": (layer.lily_A["default"].weight, transposed),
        "lily_B": (layer.lily_B["default"].weight, same),
        "lily_router": (layer.lily_router["default"].weight, transposed),
    }
    initial = {"lily_B": trained["lily_B"][0].detach().clone()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))
    return run(p, model, trained, {}, None, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(511, {"rank": 3, "stride": 1, "experts": 2, "scale": 1.5}),
        case(512, {"rank": 2, "stride": 2, "experts": 3, "scale": 1.0}, inputs=6, outputs=4),
    ],
})
