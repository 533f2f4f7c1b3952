"""GLoRA through peft.tuners.glora, with each form of what multiplies and what is added."""
import sys
from pathlib import Path

import torch
from peft import GloraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(OneLayer(p.kernel, p.bias), GloraConfig(r=config["rank"], config_A_B=config.get("kernel", "lora"), target_modules=["layer"]))
    layer = model.base_model.model.layer
    paths = {name: getattr(layer, f"glora_{name}")["default"] for name in "ABCDE"}
    trained = {f"glora_{name}_{part}": (getattr(paths[name], part), transposed) for name in "ABC" if hasattr(paths[name], "Xu") for part in ("Xu", "Xd")}
    trained |= {f"glora_{name}": (paths[name].X, torch.flatten) for name in "ABDE" if hasattr(paths[name], "X")}
    initial = {name: to(tensor.detach().clone()) for name, (tensor, to) in trained.items() if not name.endswith("Xu")}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.6))

    def effective():
        weight, bias = layer.base_layer.weight.detach(), layer.base_layer.bias.detach()
        a, b, c, d, e = (paths[name]().detach() for name in "ABCDE")
        return (weight + weight * a + b).T, bias + bias * d + e + (weight @ c).squeeze(-1)

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [case(461, {"rank": 2}), case(462, {"rank": 3}, inputs=6, outputs=4),
              case(463, {"rank": 2, "kernel": "vector"}), case(464, {"rank": 2, "kernel": "constant"})],
})
