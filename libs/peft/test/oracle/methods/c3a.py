"""
C3A through peft.tuners.c3a: its update of the weight, whose product with the input is held to what its layer puts out. Gradients
are torch's through that product. The layer's own backward pass gives another gradient of the input, which is not the derivative of
what it puts out (the kernel is read from the other side), but for blocks of 1.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from peft import C3AConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source

# peft convolves in float32 whatever its kernel is; this keeps it in float64.
torch.float32 = torch.float64


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias), C3AConfig(block_size=config["blockSize"], target_modules=["layer"])
    )
    layer = model.base_model.model.layer
    kernel = layer.c3a_kernel["default"]
    with torch.no_grad():
        kernel.copy_(p.draw(*kernel.shape))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    def forward(x, target):
        output = x @ (layer.base_layer.weight + layer.get_delta_weight("default")).T + layer.base_layer.bias
        assert output.allclose(model(x, target).output, rtol=1e-12)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(p, forward, {"c3a_kernel": (kernel, same)}, {}, effective, config)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(331, {"blockSize": 3}, inputs=6, outputs=9),
        case(332, {"blockSize": 4}, inputs=8, outputs=4),
        # A number for each weight.
        case(333, {"blockSize": 1}, inputs=4, outputs=3),
    ],
})
