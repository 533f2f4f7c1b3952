"""LoLDU from the paper (arXiv 2410.13618) over torch.linalg.lu, in float64: peft does not have it."""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    rank = config["rank"]
    scale = config["alpha"] / rank
    permutation, lower, upper = torch.linalg.lu(p.kernel.T)
    d = upper.diagonal().clone()
    a = (upper[:rank] / d[:rank, None]).T
    b = (permutation @ lower[:, :rank]).T
    z = torch.full((rank,), d[:rank].mean()) if config.get("start") == "constant" else d[:rank]
    initial = {"loldu_A": a.clone(), "loldu_z": z.clone(), "loldu_B": b.clone()}
    residual = p.kernel - scale * a @ torch.diag(z) @ b
    residual32, a, b = (t.float().double() for t in (residual, a, b))
    z = p.draw(rank, scale=0.5).requires_grad_(True)

    def forward(x, target):
        output = x @ residual32 + p.bias + scale * ((x @ a) * z) @ b
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p,
        forward,
        {"loldu_z": (z, same)},
        {"loldu_A": (a, same), "loldu_B": (b, same)},
        lambda: (residual32 + scale * a @ torch.diag(z) @ b, p.bias),
        config,
        initial=initial,
        kernel=residual32,
    )


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(141, {"rank": 3, "alpha": 3.0}),
        case(142, {"rank": 2, "alpha": 5.0}, inputs=7, outputs=4),
        case(143, {"rank": 3, "alpha": 2.0, "start": "constant"}),
    ],
})
