"""SVFit from the paper (arXiv 2409.05926, introduction) over torch.linalg.svd, in float64: there is no published code."""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    rank = config["rank"]
    u, sigma, vt = torch.linalg.svd(p.kernel, full_matrices=False)
    signs = torch.sign(u[u.abs().argmax(dim=0), torch.arange(u.shape[1])])
    u, vt = (u * signs)[:, :rank], (vt * signs[:, None])[:rank]
    initial = {"svfit_U": u.clone(), "svfit_sigma": sigma[:rank].clone(), "svfit_V": vt.clone()}
    rest, u, vt = ((t.float().double()) for t in (p.kernel - u @ torch.diag(sigma[:rank]) @ vt, u, vt))
    values = p.draw(rank, scale=0.8).requires_grad_(True)

    def forward(x, target):
        output = x @ rest + p.bias + ((x @ u) * values) @ vt
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p,
        forward,
        {"svfit_sigma": (values, same)},
        {"svfit_U": (u, same), "svfit_V": (vt, same)},
        lambda: (rest + u @ torch.diag(values) @ vt, p.bias),
        config,
        initial=initial,
        kernel=rest,
    )


save(__file__, {
    "source": source("torch"),
    # A part of the spectrum, and nearly all of it.
    "cases": [case(201, {"rank": 2}), case(202, {"rank": 3}, inputs=7, outputs=4)],
})
