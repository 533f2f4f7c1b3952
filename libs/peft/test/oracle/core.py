"""LaMDA's core between two projections, and the rows that are frozen, in torch float64."""
from types import SimpleNamespace

import torch

from vector import Draw, array, problem, run, same


def core_case(seed, config, scale, spectral, **size):
    p = problem(seed, **size)
    (inputs, outputs), rank = p.kernel.shape, config["rank"]
    a, kernel = p.draw(inputs, rank, scale=0.4), p.kernel
    initial = {"lora_B": torch.zeros(rank, outputs)}
    if spectral:
        u, sigma, vt = torch.linalg.svd(p.kernel, full_matrices=False)
        signs = torch.sign(u[u.abs().argmax(dim=0), torch.arange(u.shape[1])])
        a, middle, b = (u * signs)[:, :rank], torch.diag(sigma[:rank]), (vt * signs[:, None])[:rank]
        initial = {"lora_A": a.clone(), "lora_R": middle, "lora_B": b.clone()}
        kernel, a = (p.kernel - scale * a @ middle @ b).float().double(), a.float().double()
    core = p.draw(rank, rank, scale=0.4).requires_grad_(True)
    b = p.draw(rank, outputs, scale=0.4).requires_grad_(True)

    def forward(x, target):
        output = x @ kernel + p.bias + scale * ((x @ a) @ core) @ b
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return run(
        p,
        forward,
        {"lora_R": (core, same), "lora_B": (b, same)},
        {"lora_A": (a, same)},
        lambda: (kernel + scale * a @ core @ b, p.bias),
        config,
        initial=initial,
        kernel=kernel,
    )


def freezing_schedule(seed, config, shapes, total):
    """A row is frozen for the steps after the one by which its share of the time is over."""
    draw, rank = Draw(seed), config["rank"]
    steps = []
    for step in range(1, total + 1):
        layers, masks = {}, {}
        for path, (inputs, outputs) in shapes.items():
            tensors = {"lora_A": draw(inputs, rank), "lora_R": draw(rank, rank), "lora_B": draw(rank, outputs)}
            layers[path] = {
                "tensors": {name: array(t) for name, t in tensors.items()},
                "gradients": {name: array(draw(*tensors[name].shape)) for name in ("lora_R", "lora_B")},
            }
            # Row k is frozen once (k + 1) / rank of the freezing time, `freeze · total` steps, has passed.
            rows = [0.0 if (step - 1) * rank >= (k + 1) * config["freeze"] * total else 1.0 for k in range(rank)]
            if 0.0 in rows:
                masks[path] = {"lora_B": array(torch.tensor(rows)[:, None].expand(rank, outputs))}
        steps.append({"step": step, "layers": layers, **({"masks": masks} if masks else {}), "after": {}})
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {path: {"in": i, "out": o, "bias": True} for path, (i, o) in shapes.items()},
        "steps": steps,
    }
