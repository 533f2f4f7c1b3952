"""LoRA-XS from the paper (arXiv 2405.17604, section 3.1), in torch float64: peft does not have it."""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save, source


def case(seed, config):
    p = problem(seed)
    rank = config["rank"]
    scale = config.get("alpha", rank) / rank
    u, sigma, vt = torch.linalg.svd(p.kernel, full_matrices=False)
    signs = torch.sign(u[u.abs().argmax(dim=0), torch.arange(u.shape[1])])
    a = ((u * signs)[:, :rank] * sigma[:rank])
    b = (vt * signs[:, None])[:rank]
    initial = {"lora_A": a.clone(), "lora_B": b.clone()}
    a, b = a.float().double(), b.float().double()
    core = p.draw(rank, rank, scale=0.3).requires_grad_(True)

    def forward(x, target):
        output = x @ p.kernel + p.bias + scale * ((x @ a) @ core) @ b
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p,
        forward,
        {"lora_R": (core, same)},
        {"lora_A": (a, same), "lora_B": (b, same)},
        lambda: (p.kernel + scale * a @ core @ b, p.bias),
        config,
        initial=initial,
    )


save(__file__, {"source": source("torch"), "cases": [case(31, {"rank": 3}), case(32, {"rank": 2, "alpha": 5.0})]})
