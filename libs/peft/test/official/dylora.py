"""DyLoRA: its linear layer, in training at a drawn rank, frozen as its GLUE script sets it and not, and in evaluation at a rank."""
from types import SimpleNamespace

import torch

from clone import Clone
from vector import problem, run, same, training, transposed

clone = Clone("huawei-noah/Efficient-NLP", "bb44348bc897779be9357cef8dfd8e397d17ed49")
file = "DyLoRA/loralib/layers.py"
Linear = clone.module(file, siblings=["DyLoRA.py"]).Linear


def case(seed, config, draws, **size):
    p = problem(seed, **size)
    rank = config["rank"]
    layer = Linear(*p.kernel.shape, r=rank, lora_alpha=config["alpha"], merge_weights=False)
    with torch.no_grad():
        layer.weight.copy_(p.kernel.T)
        layer.bias.copy_(p.bias)
        layer.lora_A.copy_(p.draw(rank, p.kernel.shape[0], scale=0.3))
        layer.lora_B.copy_(p.draw(p.kernel.shape[1], rank, scale=0.3))
    layer.bias.requires_grad_(False)
    trained = {"lora_A": (layer.lora_A, transposed), "lora_B": (layer.lora_B, transposed)}

    def forward_at(k, trains):
        def forward(x, target):
            layer.train() if trains else layer.eval()
            layer.set_rank(k, frozen=trains and config["frozen"])
            output = layer(x)
            return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

        return forward

    steps = [training(p, forward_at(k, True), trained, {"integer": k}) for k in draws]
    served = config.get("servedRank", rank) - 1

    def effective():
        identity = torch.eye(p.kernel.shape[0])
        return forward_at(served, False)(identity, torch.zeros_like(p.kernel)).output - layer.bias, layer.bias

    return {**run(p, forward_at(served, False), trained, {}, effective, config), "training": steps}


called = "Linear(in, out, r, lora_alpha), set_rank(k, frozen) and forward, in training and in evaluation"
clone.save(__file__, file, called, {"method": "dylora", "cases": [
    case(531, {"rank": 4, "alpha": 16.0, "frozen": True}, [0, 1, 2, 3]),
    case(532, {"rank": 3, "alpha": 6.0, "frozen": False, "servedRank": 2}, [0, 1, 2], inputs=7, outputs=4),
]})
