"""Low-rank updates with a gate for each rank, and proximal steps on the gates, in torch float64."""
from types import SimpleNamespace

import torch

from vector import Draw, array, problem, run, same

SHAPES = {"first": (4, 3), "second": (3, 5)}


def gated_case(seed, config, scale, penalty=lambda gate: 0.0):
    """`y = x·W + b + s·((x·A) ⊙ g)·B`; the first B is zero, A and g are drawn."""
    p = problem(seed)
    (inputs, outputs), rank = p.kernel.shape, config["rank"]
    shapes = {"lora_A": (inputs, rank), "gate": (rank,), "lora_B": (rank, outputs)}
    a, gate, b = tensors = [p.draw(*shape, scale=0.5).requires_grad_(True) for shape in shapes.values()]

    def forward(x, target):
        output = x @ p.kernel + p.bias + scale * ((x @ a) * gate) @ b
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean() + penalty(gate))

    return run(
        p,
        forward,
        {name: (tensor, same) for name, tensor in zip(shapes, tensors)},
        {},
        lambda: (p.kernel + scale * a @ torch.diag(gate) @ b, p.bias),
        config,
        initial={"lora_B": torch.zeros(rank, outputs)},
    )


def proximal_schedule(seed, config, total, threshold):
    """threshold(step): κ of the soft threshold after the step. Values are given anew before every step."""
    draw = Draw(seed)
    rank = config["rank"]
    steps = []
    for step in range(1, total + 1):
        kappa = threshold(step)
        layers, after, ranks = {}, {}, {}
        for path, (inputs, outputs) in SHAPES.items():
            tensors = {"lora_A": draw(inputs, rank), "gate": draw(rank, scale=2 * max(kappa, 0.1)), "lora_B": draw(rank, outputs)}
            layers[path] = {
                "tensors": {name: array(t) for name, t in tensors.items()},
                "gradients": {name: array(draw(*t.shape)) for name, t in tensors.items()},
            }
            gate = torch.nn.functional.softshrink(tensors["gate"], kappa)
            after[path] = {"gate": array(gate)}
            ranks[path] = int((gate != 0).sum())
        steps.append({"step": step, "layers": layers, "after": after, "ranks": ranks})
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {path: {"in": i, "out": o, "bias": True} for path, (i, o) in SHAPES.items()},
        "steps": steps,
    }
