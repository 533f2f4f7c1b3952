"""IncreLoRA from the paper (arXiv 2308.12043) and the behaviour of the authors' code, in torch float64.

A module is a list of ranks and a list of reserve ranks, as there; the tensors of the library have room for more.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, array, problem, run, same, save, source

RESERVE = 1e-5


def case(seed, config, rank, capacity, **size):
    """A layer that has grown to `rank`; the penalty counts its ranks and its reserve."""
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    a = p.draw(inputs, capacity, scale=0.5).requires_grad_(True)
    e = p.draw(capacity, scale=0.5).requires_grad_(True)
    b = p.draw(capacity, outputs, scale=0.5).requires_grad_(True)
    current = torch.tensor([float(rank)])
    there = range(min(capacity, rank + config["increment"]))

    def update():
        return config["alpha"] / (rank + 1e-5) * a @ torch.diag(e) @ b

    def penalty():
        # AdaLoRA's ‖PᵀP − I‖_F of every one-rank piece.
        grams = [a[:, [k]].T @ a[:, [k]] for k in there] + [b[[k]] @ b[[k]].T for k in there]
        return config["orthogonality"] * torch.stack([torch.linalg.norm(gram - torch.eye(1)) for gram in grams]).mean()

    def forward(x, target):
        output = x @ p.kernel + p.bias + x @ update()
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean() + penalty())

    # The score, from the gradient of ΔW as a tensor of its own.
    delta = update().detach().requires_grad_(True)
    ((p.x @ (p.kernel + delta) + p.bias - p.target) ** 2).mean().backward()
    score = (delta * delta.grad).abs().sum() / (inputs * outputs) ** 0.5

    first = torch.zeros(capacity)
    if config["advance"] and config["initialRank"] < config["rank"]:
        first[config["initialRank"] : config["initialRank"] + config["increment"]] = RESERVE
    made = run(
        p,
        forward,
        {"lora_A": (a, same), "lora_E": (e, same), "lora_B": (b, same)},
        {"lora_rank": (current, same)},
        lambda: (p.kernel + update(), p.bias),
        config,
        initial={"lora_E": first, "lora_rank": torch.tensor([float(config["initialRank"])])},
    )
    return {**made, "observed": {"score": array(score)}}


class Module:
    def __init__(self, config):
        self.ranks = config["initialRank"]
        self.reserve = config["increment"] if config["advance"] else 0
        self.mean = self.spread = 0.0


def schedule(seed, config, capacity, shapes, total):
    draw = Draw(seed)
    modules = {path: Module(config) for path in shapes}
    target = config["rank"] * len(modules)
    if "interval" in config:
        interval = config["interval"]
    else:
        # The time for growth, shared out among the growths it takes to spend the budget.
        missing = target - config["initialRank"] * len(modules)
        growths = -(-missing // (config["layersAtOnce"] * config["increment"]))
        interval = max(1, int((1 - config["warmup"] - config["settle"]) * total / growths))
    steps = []
    for step in range(1, total + 1):
        layers, masks, after = {}, {}, {}
        gates = {}
        spent = sum(m.ranks for m in modules.values()) >= target
        for path, (inputs, outputs) in shapes.items():
            module = modules[path]
            gate = torch.zeros(capacity)
            gate[: module.ranks] = draw(module.ranks)
            if module.reserve:
                gate[module.ranks : module.ranks + module.reserve] = RESERVE
            gates[path] = gate
            tensors = {
                "lora_A": draw(inputs, capacity), "lora_E": gate, "lora_B": draw(capacity, outputs),
                "lora_rank": torch.tensor([float(module.ranks)]),
            }
            score = abs(draw(1).item())
            layers[path] = {
                "tensors": {name: array(t) for name, t in tensors.items()},
                "gradients": {n: array(draw(*tensors[n].shape)) for n in ("lora_A", "lora_E", "lora_B")},
                "observed": {"score": score},
            }
            learns = (torch.arange(capacity) < module.ranks).double()
            moves = (torch.arange(capacity) < module.ranks + module.reserve).double()
            masks[path] = {
                "lora_A": array(moves.expand(inputs, capacity)),
                "lora_E": array(learns),
                "lora_B": array(moves[:, None].expand(capacity, outputs)),
            }
            if not spent:
                module.mean = config["beta1"] * module.mean + (1 - config["beta1"]) * score
                module.spread = config["beta2"] * module.spread + (1 - config["beta2"]) * abs(score - module.mean)
        if not spent and step > config["warmup"] * total and step % interval == 0:
            able = [m for m in modules.values() if m.ranks < capacity]
            able.sort(key=lambda m: m.mean * m.spread, reverse=True)
            for module in able[: config["layersAtOnce"]]:
                module.ranks = min(capacity, module.ranks + config["increment"])
            spent = sum(m.ranks for m in modules.values()) >= target
            for path, module in modules.items():
                if spent:
                    module.reserve = 0
                gate = gates[path].clone()
                gate[module.ranks :] = 0.0
                gate[module.ranks : module.ranks + module.reserve] = RESERVE
                after[path] = {"lora_E": array(gate), "lora_rank": [float(module.ranks)]}
        steps.append({
            "step": step, "layers": layers, "masks": masks, "after": after,
            "ranks": {path: m.ranks for path, m in modules.items()},
        })
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {path: {"in": i, "out": o, "bias": True} for path, (i, o) in shapes.items()},
        "steps": steps,
    }


base = {"initialRank": 1, "alpha": 16.0, "orthogonality": 0.1, "advance": True}
growth = {"warmup": 0.1, "interval": 2, "beta1": 0.85, "beta2": 0.85}
SHAPES = {"first": (3, 2), "second": (2, 4), "third": (2, 2)}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(291, {"rank": 2, "ceiling": 2.0, "increment": 1, **base}, rank=2, capacity=4),
        case(299, {"rank": 3, "ceiling": 1.3, "increment": 2, **base, "initialRank": 2, "alpha": 3.0, "advance": False},
             rank=3, capacity=4, inputs=7, outputs=4),
        # Nothing to grow.
        case(301, {"rank": 1, "ceiling": 2.0, "increment": 1, **base}, rank=1, capacity=2),
    ],
    # Two of three layers at a time until the budget is spent and passed; up to the ceiling, without advance learning;
    # at the pace that spends the budget in time.
    "schedules": [
        schedule(293, {"rank": 3, "ceiling": 2.0, "increment": 1, "layersAtOnce": 2, **base, **growth}, 6, SHAPES, 12),
        schedule(294, {"rank": 3, "ceiling": 1.0, "increment": 2, "layersAtOnce": 1, **base, **growth, "interval": 1,
                       "warmup": 0.3, "beta1": 0.5, "advance": False}, 3, SHAPES, 9),
        schedule(295, {"rank": 2, "ceiling": 1.5, "increment": 1, "layersAtOnce": 1, **base, "warmup": 0.1, "settle": 0.25,
                       "beta1": 0.85, "beta2": 0.7}, 3, SHAPES, 20),
    ],
})
