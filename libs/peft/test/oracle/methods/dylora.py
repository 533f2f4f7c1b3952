"""DyLoRA from the paper (arXiv 2210.07558) and its released layer, in float64: peft does not have it."""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, array, problem, run, same, save, source, training


def case(seed, config, draws, **size):
    p = problem(seed, **size)
    rank, alpha = config["rank"], config["alpha"]
    a = p.draw(p.kernel.shape[0], rank, scale=0.3).requires_grad_(True)
    b = p.draw(rank, p.kernel.shape[1], scale=0.3).requires_grad_(True)

    def update(k, frozen):
        """The layer multiplies both factors by sqrt(R / k) and their product by alpha / R."""
        first_a, first_b = a[:, :k], b[:k]
        if frozen:
            first_a = torch.cat([a[:, : k - 1].detach(), a[:, k - 1 : k]], dim=1)
            first_b = torch.cat([b[: k - 1].detach(), b[k - 1 : k]], dim=0)
        root = (rank / k) ** 0.5
        return alpha / rank * (first_a * root) @ (first_b * root)

    def forward_at(k, frozen):
        def forward(x, target):
            output = x @ p.kernel + p.bias + x @ update(k, frozen)
            return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

        return forward

    served = config.get("servedRank", rank)
    trained = {"lora_A": (a, same), "lora_B": (b, same)}
    steps = [training(p, forward_at(k + 1, config["frozen"]), trained, {"integer": k}) for k in draws]
    result = run(
        p,
        forward_at(served, False),
        trained,
        {},
        lambda: (p.kernel + update(served, False), p.bias),
        config,
        initial={"lora_B": torch.zeros_like(b)},
    )
    return {**result, "training": steps}


def schedule(seed, config, draws):
    """In frozen mode a step moves one column of A and one row of B."""
    draw = Draw(seed)
    rank = config["rank"]
    shapes = {"first": (4, 3), "second": (3, 5)}
    steps = []
    for step, k in enumerate(draws, 1):
        tensors = lambda: {n: {"lora_A": array(draw(i, rank)), "lora_B": array(draw(rank, o))} for n, (i, o) in shapes.items()}
        values, gradients = tensors(), tensors()
        masks = {}
        for name, (i, o) in shapes.items():
            mask_a, mask_b = torch.zeros(i, rank), torch.zeros(rank, o)
            mask_a[:, k] = 1
            mask_b[k] = 1
            masks[name] = {"lora_A": array(mask_a), "lora_B": array(mask_b)}
        steps.append({
            "step": step,
            "layers": {n: {"tensors": values[n], "gradients": gradients[n]} for n in shapes},
            "draws": {"integer": k},
            **({"masks": masks} if config["frozen"] else {}),
            "after": values,
            "ranks": {n: k + 1 for n in shapes},
        })
    return {
        "config": config,
        "totalSteps": len(draws),
        "shapes": {name: {"in": i, "out": o, "bias": True} for name, (i, o) in shapes.items()},
        "steps": steps,
    }


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(221, {"rank": 3, "alpha": 6.0, "frozen": False}, [0, 1, 2]),
        case(222, {"rank": 4, "alpha": 3.0, "frozen": True, "servedRank": 2}, [0, 2, 3], inputs=7, outputs=4),
    ],
    "schedules": [
        schedule(223, {"rank": 3, "alpha": 3.0, "frozen": True}, [1, 0, 2]),
        schedule(224, {"rank": 2, "alpha": 3.0, "frozen": False}, [1]),
    ],
})
