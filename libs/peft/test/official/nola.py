"""NOLA: the layer of its GPT-2 code, whose bases are read off by asking for one coefficient at a time."""
from types import SimpleNamespace

import torch

from clone import Clone, absent
from vector import problem, run, same

clone = Clone("UCDvision/NOLA", "03c7027c244b5ab16de540dd8e37ea4b4e614129")
absent("loralib")
file = "gpt/examples/NLG/src/model_nola.py"
LoRA = clone.module(file).LoRA


def case(seed, config, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    count = config["bases"]
    beside = LoRA(inputs, outputs, use_nola=True, num_basis=count, rank=config["rank"], alpha=config["alpha"])

    def bases(linear):
        """Of factors as the library has them, one a row."""
        of = lambda one: linear.generate_params(one, linear.out_features, linear.in_features, linear.seed)
        return torch.stack([of(one).T.reshape(-1) for one in torch.eye(count)])

    with torch.no_grad():
        for linear in (beside.lora_A, beside.lora_B):
            linear.coefficients.copy_(p.draw(count, scale=0.6))

    def forward(x, target):
        output = x @ p.kernel + p.bias + beside(x)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p, forward,
        {"nola_alpha": (beside.lora_A.coefficients, same), "nola_beta": (beside.lora_B.coefficients, same)},
        {
            "nola_basis_A": (bases(beside.lora_A), same), "nola_basis_B": (bases(beside.lora_B), same),
            "nola_A0": (beside.lora_A.weight, lambda t: t.T),
        },
        lambda: (p.kernel + beside(torch.eye(inputs)), p.bias), config,
        initial={"nola_alpha": torch.zeros(count), "nola_beta": torch.zeros(count)},
    )


called = "LoRA(in, out, use_nola, num_basis, rank, alpha).forward"
clone.save(__file__, file, called, {"method": "nola", "cases": [
    case(571, {"rank": 2, "alpha": 8.0, "bases": 4}),
    case(572, {"rank": 3, "alpha": 1.5, "bases": 2}, inputs=7, outputs=4),
]})
