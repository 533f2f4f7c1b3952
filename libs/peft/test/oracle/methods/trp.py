"""
TRP (arXiv 1812.02402) in torch float64. The layer is torch.nn.Linear, all of it trained; between steps its kernel is cut to
the smallest rank that holds the energy, and in the step after λ·U·Vᵀ is added to its gradient. Period and energy are those
of the authors' code: the paper's were not read.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, OneLayer, array, problem, run, same, save, source, transposed

SHAPES = {"first": (4, 3), "second": (3, 6)}


def case(seed, config):
    p = problem(seed)
    model = OneLayer(p.kernel, p.bias)
    trained = {"kernel": (model.layer.weight, transposed), "bias": (model.layer.bias, same)}
    return run(p, model, trained, {}, lambda: (model.layer.weight.T, model.layer.bias), config)


def cut(kernel, energy):
    u, sigma, vt = torch.linalg.svd(kernel, full_matrices=False)
    share = (sigma**2).cumsum(0) / (sigma**2).sum()
    rank = int((share < energy - 1e-12).sum()) + 1
    return (u[:, :rank] * sigma[:rank]) @ vt[:rank], rank


def schedule(seed, config, total):
    """Kernels are given anew before every step; in the step after a cut they are what one left."""
    draw = Draw(seed)
    steps = []
    for step in range(1, total + 1):
        after_cut = step > 1 and (step - 1) % config["period"] == 0
        cuts = step % config["period"] == 0
        layers, added, after, ranks = {}, {}, {}, {}
        for path, (inputs, outputs) in SHAPES.items():
            kernel = draw(inputs, outputs)
            if after_cut:
                # As float32 holds it.
                kernel = cut(kernel, config["energy"])[0].float().double()
            layers[path] = {"tensors": {}, "gradients": {}, "kernel": array(kernel)}
            if after_cut and config["nuclear"] > 0:
                u, sigma, vt = torch.linalg.svd(kernel, full_matrices=False)
                rank = int((sigma > 1e-6 * sigma[0]).sum())
                added[path] = {"kernel": array(config["nuclear"] * u[:, :rank] @ vt[:rank])}
            if cuts:
                left, ranks[path] = cut(kernel, config["energy"])
                after[path] = {"kernel": array(left)}
        steps.append({
            "step": step, "layers": layers, "after": after,
            **({"added": added} if added else {}), **({"ranks": ranks} if cuts else {}),
        })
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {path: {"in": i, "out": o, "bias": True} for path, (i, o) in SHAPES.items()},
        "steps": steps,
    }


save(__file__, {
    "source": source("torch"),
    "cases": [case(441, {})],
    "schedules": [
        schedule(442, {"energy": 0.8, "period": 2, "nuclear": 0.3}, 6),
        schedule(443, {"energy": 0.5, "period": 1, "nuclear": 0.0}, 3),
        # Nothing is lost.
        schedule(444, {"energy": 1.0, "period": 3, "nuclear": 0.1}, 4),
    ],
})
