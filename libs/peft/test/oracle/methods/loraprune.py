"""
LoRAPrune from the paper (arXiv 2305.18403) in float64 and torch's layout: peft does not have it. Where the authors' code
differs the code is taken: scores are magnitudes of the Taylor term, not their squares, and the scale of the update is in the
weight alone, not in the estimated gradient.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, array, problem, run, same, save, source


def case(seed, config, role, heads=None, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    scale = config["alpha"] / config["rank"]
    a = p.draw(inputs, config["rank"], scale=0.3).requires_grad_(True)
    b = p.draw(config["rank"], outputs, scale=0.3).requires_grad_(True)
    on_inputs = role in ("output", "down")
    mask = (torch.arange(inputs if on_inputs else outputs) % 3 != 1).double()

    def forward(x, target):
        if on_inputs:
            x = x * mask
        output = x @ p.kernel + p.bias + scale * (x @ a) @ b
        if not on_inputs:
            output = output * mask
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    def effective():
        kernel = p.kernel + scale * a @ b
        return (mask[:, None] * kernel, p.bias) if on_inputs else (kernel * mask, p.bias * mask)

    result = run(
        p,
        forward,
        {"lora_A": (a, same), "lora_B": (b, same)},
        {"prune_mask": (mask, same)},
        effective,
        config,
        role=role,
        initial={"lora_B": torch.zeros_like(b), "prune_mask": torch.ones_like(mask)},
    )
    return result


def ratio_at(step, total, config):
    first, last = round(config["warmup"] * total), total - round(config["cooldown"] * total)
    if step <= first:
        return 0.0
    if step >= last:
        return config["ratio"]
    return config["ratio"] + (0 - config["ratio"]) * (1 - (step - first) / (last - first)) ** 3


def importance(w, a, b, grad_a, grad_b, scale, groups, dim):
    """torch: w [out, in], a [r, in], b [out, r]; the sum over `dim` leaves the channels that are pruned."""
    gradient = grad_b @ a + b @ grad_a - grad_b @ grad_a
    score = (gradient * (w + scale * b @ a)).abs().sum(dim)
    score = score.reshape(groups, -1).sum(1)
    return score / score.norm()


def schedule(seed, config, total, blocks):
    draw = Draw(seed)
    rank, scale = config["rank"], config["alpha"] / config["rank"]
    # name: inputs, outputs, role, heads; two of the queries' heads share one of the keys and values.
    parts = {
        "attention": {
            "query": (4, 8, "query", 4),
            "key": (4, 4, "key", 2),
            "value": (4, 4, "value", 2),
            "output": (8, 4, "output", 4),
        },
        "mlp": {"fc_in": (4, 6, "up", None), "fc_out": (6, 4, "down", None)},
    }
    groups = {"attention": 2, "mlp": 6}
    layers = {f"blocks.{n}.{part}.{name}": spec for n in range(blocks) for part in parts for name, spec in parts[part].items()}
    kernels = {path: draw(i, o, scale=0.5) for path, (i, o, _, _) in layers.items()}
    first, last = int(config["protectedFirst"] * blocks), blocks - config["protectedLast"]
    mean = {f"blocks.{n}.{part}": torch.zeros(groups[part]) for n in range(first, last) for part in parts}
    alive = {path: torch.ones_like(value) for path, value in mean.items()}
    side = lambda i, o, role: i if role in ("output", "down") else o
    spread = lambda path, i, o, role: alive[path].repeat_interleave(side(i, o, role) // len(alive[path]))
    steps = []
    for step in range(1, total + 1):
        given, score = {}, {path: 0 for path in mean}
        for path, (i, o, role, _) in layers.items():
            part = path.rsplit(".", 1)[0]
            a, b, grad_a, grad_b = draw(i, rank), draw(rank, o), draw(i, rank), draw(rank, o)
            mask = spread(part, i, o, role) if part in alive else torch.ones(side(i, o, role))
            given[path] = {
                "tensors": {"lora_A": array(a), "lora_B": array(b), "prune_mask": array(mask)},
                "gradients": {"lora_A": array(grad_a), "lora_B": array(grad_b)},
            }
            if part in mean:
                dim = 0 if role in ("output", "down") else 1
                score[part] = score[part] + importance(
                    kernels[path].T, a.T, b.T, grad_a.T, grad_b.T, scale, len(mean[part]), dim
                )
        for part in mean:
            mean[part] = config["smoothing"] * mean[part] + (1 - config["smoothing"]) * score[part]
            ratio = ratio_at(step, total, config)
            if step % config["interval"] == 0 or step == total - round(config["cooldown"] * total):
                pruned = int(len(mean[part]) * ratio)
                alive[part] = torch.ones_like(alive[part]).index_fill(0, (mean[part] * alive[part]).argsort()[:pruned], 0)
        steps.append({
            "step": step,
            "layers": given,
            "after": {
                path: {"prune_mask": array(spread(path.rsplit(".", 1)[0], i, o, role))}
                for path, (i, o, role, _) in layers.items()
                if path.rsplit(".", 1)[0] in alive
            },
        })
    assert all(int(len(v) * config["ratio"]) == int((1 - v).sum()) for v in alive.values())
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {
            path: {"in": i, "out": o, "bias": True, "role": role, **({"heads": heads} if heads else {})}
            for path, (i, o, role, heads) in layers.items()
        },
        "kernels": {path: array(kernel) for path, kernel in kernels.items()},
        "steps": steps,
    }


pruning = {"ratio": 0.5, "warmup": 0.1, "cooldown": 0.1, "interval": 2, "smoothing": 0.9}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(241, {"rank": 3, "alpha": 6.0}, "query"),
        case(242, {"rank": 2, "alpha": 3.0}, "down", inputs=7, outputs=4),
    ],
    "schedules": [
        schedule(243, {"rank": 2, "alpha": 4.0, **pruning, "protectedFirst": 0.1, "protectedLast": 1}, 12, 2),
        schedule(244, {"rank": 2, "alpha": 4.0, **pruning, "ratio": 0.7, "interval": 3, "protectedFirst": 0.4, "protectedLast": 0}, 10, 3),
    ],
})
