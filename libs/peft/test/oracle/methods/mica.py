"""MiCA through peft.tuners.lora with `init_lora_weights="mica"`, on singular vectors in float64 with the signs of the library: peft's are in float32."""
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    rank = config["rank"]
    settings = LoraConfig(
        r=rank, lora_alpha=config["alpha"], init_lora_weights="mica", target_modules=["layer"],
    )
    # peft decomposes weights of float32 alone.
    model = get_peft_model(OneLayer(p.kernel, p.bias).float(), settings).double()
    layer = model.base_model.model.layer
    layer.base_layer.weight.data.copy_(p.kernel.T)
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    assert a.requires_grad and not b.requires_grad
    u, _, vt = torch.linalg.svd(p.kernel.T, full_matrices=False)
    u = (u * torch.sign(vt[torch.arange(vt.shape[0]), vt.abs().argmax(dim=1)]))[:, -rank:]
    assert b.abs().allclose(u.abs(), atol=1e-4)
    initial = {"lora_A": a.detach().clone().T, "lora_B": u.T}
    with torch.no_grad():
        b.copy_(u.float().double())
        a.copy_(p.draw(*a.shape, scale=0.6))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, {"lora_A": (a, transposed)}, {"lora_B": (b, transposed)}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(421, {"rank": 2, "alpha": 3.0}),
        case(422, {"rank": 3, "alpha": 3.0}, inputs=8, outputs=4),
    ],
})
