"""RoAd through peft.tuners.road: its three variants."""
import sys
from pathlib import Path

import torch
from peft import RoadConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        RoadConfig(variant=config.get("variant", "road_1"), group_size=config.get("groupSize", 2), target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    trained = {name: (getattr(layer, name)["default"], same) for name in ("road_theta", "road_alpha")}
    initial = {name: tensor.detach().clone() for name, (tensor, _) in trained.items()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.4))
            tensor.copy_(tensor.float().double())

    def effective():
        weight, bias = layer.base_layer.weight.detach().clone(), layer.base_layer.bias.detach().clone()
        layer.merge()
        merged = layer.base_layer.weight.detach().clone().T, layer.base_layer.bias.detach().clone()
        layer.merged_adapters.clear()
        layer.base_layer.weight.data.copy_(weight)
        layer.base_layer.bias.data.copy_(bias)
        return merged

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(311, {}, outputs=6),
        case(312, {"variant": "road_2", "groupSize": 4}, outputs=8),
        case(313, {"variant": "road_4", "groupSize": 4}, inputs=3, outputs=8),
        case(314, {"groupSize": 6}, outputs=12),
    ],
})
