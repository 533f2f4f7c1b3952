"""
RandLoRA: the linear layer of its NLG code. Where a layer has more outputs than inputs this one reshapes what it should
transpose, so all cases have more inputs. Its bases are those that the repository draws, with as many products as the paper says.
"""
import math
from types import SimpleNamespace

import torch

from clone import Clone
from vector import problem, run, same, transposed

clone = Clone("PaulAlbert31/RandLoRA", "4ac565ecd611b47d3d4ea0ec3a49b5c1acad2a0c")
file = "NLG/loralib/randlora_layers.py"
official = clone.module(file)


def case(seed, config, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    rank = config["rank"]
    products = math.ceil(outputs / rank)
    b, a = official.generate_basis(rank, seed, n=products, max_in_out=(inputs, outputs))
    basis = [torch.nn.Parameter(t.detach().float().double(), requires_grad=False) for t in (b, a)]
    layer = official.ConvRandLoRA(outputs, inputs, r=rank, lora_alpha=config.get("alpha", 2 * rank), basis=basis)
    initial = {"randlora_lambda": layer.randlora_lambda.detach().T.clone(), "randlora_gamma": layer.randlora_gamma.detach().clone()}
    with torch.no_grad():
        layer.weight.copy_(p.kernel)
        layer.bias.copy_(p.bias)
        layer.randlora_lambda.copy_(p.draw(products, rank, scale=0.3))
        layer.randlora_gamma.copy_(p.draw(products, outputs, scale=0.3))
    layer.bias.requires_grad_(False)

    def forward(x, target):
        output = layer(x)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p, forward,
        {"randlora_lambda": (layer.randlora_lambda, transposed), "randlora_gamma": (layer.randlora_gamma, same)},
        {"randlora_A": (basis[1], lambda t: t[0]), "randlora_B": (basis[0], lambda t: t.permute(1, 0, 2))},
        lambda: (layer(torch.eye(inputs)) - layer.bias, layer.bias), config, initial=initial,
    )


called = "ConvRandLoRA(out, in, r, lora_alpha, basis).forward, with the bases of generate_basis"
clone.save(__file__, file, called, {"method": "randlora", "cases": [
    case(541, {"rank": 2}, inputs=7, outputs=6),
    case(542, {"rank": 4, "alpha": 3.0}, inputs=9, outputs=7),
]})
