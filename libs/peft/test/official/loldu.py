"""LoLDU: its parametrization of a linear layer, in float32, which it insists on."""
from types import SimpleNamespace

import torch

from clone import Clone, absent
from vector import problem, run, same

clone = Clone("SKDDJ/LoLDU", "4fe87a05a668006f55153539cece7fffa91ed91d")
absent("lightning", LightningModule=torch.nn.Module)
file = "minloldu/loldu.py"
LoLDU = clone.module(file).LoLDUParametrization


def case(seed, config, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    torch.set_default_dtype(torch.float32)
    linear = torch.nn.Linear(inputs, outputs)
    with torch.no_grad():
        linear.weight.copy_(p.kernel.T)
    layer = LoLDU(inputs, outputs, rank=config["rank"], lora_alpha=config["alpha"], layer_module=linear)
    layer(linear.weight)
    torch.set_default_dtype(torch.float64)
    layer.double()
    for frozen in (layer.P, layer.lora_A, layer.lora_B, layer.scaling_factor, layer.layer_weights):
        frozen.requires_grad_(False)
    b = lambda _: (layer.P @ layer.lora_B).T
    initial = {"loldu_A": layer.lora_A.T.clone(), "loldu_z": layer.vector_z.detach().clone(), "loldu_B": b(None).clone()}
    residual = layer.layer_weights.detach().T.clone()
    with torch.no_grad():
        layer.vector_z.copy_(p.draw(config["rank"], scale=0.5))

    def forward(x, target):
        output = x @ layer(layer.layer_weights).T + p.bias
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p, forward, {"loldu_z": (layer.vector_z, same)},
        {"loldu_A": (layer.lora_A, lambda t: t.T), "loldu_B": (layer.lora_B, b)},
        lambda: (layer(layer.layer_weights).T, p.bias), config, initial=initial, kernel=residual,
    )


called = "LoLDUParametrization(in, out, rank, lora_alpha, layer_module).forward, its first call making P, L, D and U"
clone.save(__file__, file, called, {"method": "loldu", "cases": [
    case(561, {"rank": 3, "alpha": 3.0}),
    case(562, {"rank": 2, "alpha": 5.0}, inputs=7, outputs=4),
]})
