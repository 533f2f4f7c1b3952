"""TinyLoRA through peft.tuners.tinylora. Signs of singular vectors, which are free, are those of the library."""
import sys
from pathlib import Path

import torch
from peft import TinyLoraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed

# peft decomposes in float32 whatever the weight is; this keeps it in float64.
torch.Tensor.float32 = torch.Tensor.float
torch.Tensor.float = torch.Tensor.double


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        TinyLoraConfig(
            r=config["rank"], u=config["numbers"], weight_tying=float(config["tied"]), target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    a, b = layer.tinylora_A["default"], layer.tinylora_B["default"]
    signs = torch.sign(a[torch.arange(a.shape[0]), a.abs().argmax(dim=1)])
    a, b = a * signs[:, None], b * signs
    name = "tinylora_shared" if config["tied"] else "tinylora_v"
    v = model.base_model.tinylora_v["default"]["0"]
    initial = {"tinylora_A": a.T, "tinylora_B": b.T, name: v.detach().clone()}
    for buffers, value in ((layer.tinylora_A, a), (layer.tinylora_B, b), (layer.tinylora_P, layer.tinylora_P["default"])):
        buffers["default"] = value.float32().double()
    with torch.no_grad():
        v.copy_(p.draw(*v.shape, scale=0.5))
    frozen = {
        "tinylora_A": (layer.tinylora_A["default"], transposed),
        "tinylora_B": (layer.tinylora_B["default"], transposed),
        "tinylora_P": (layer.tinylora_P["default"], lambda t: t.transpose(1, 2)),
    }

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, {name: (v, same)}, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(381, {"rank": 2, "numbers": 5, "tied": False}),
        case(382, {"rank": 3, "numbers": 4, "tied": True}, inputs=8, outputs=4),
    ],
})
