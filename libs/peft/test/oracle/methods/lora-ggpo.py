"""LoRA-GGPO from the formulas of arXiv 2502.14538 v1 as kohya's sd-scripts have them, in float64: peft does not have it.

Rows of torch's weight `[out, in]` are the outputs: each has the norm of its weights and of its gradient.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, array, problem, run, same, save, source, training


def deviation(weight, delta, gradient, config):
    """Of the noise on each row, `[out]`; what depends on a row is its norm."""
    combined = torch.sqrt(torch.norm(weight, dim=1) ** 2 + torch.norm(delta, dim=1) ** 2)
    spread = config["sigma"] * combined + config["beta"] * torch.norm(gradient, dim=1) ** 2
    return spread / weight.shape[0] ** 0.5


def case(seed, config, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    scale = config["alpha"] / config["rank"]
    a = p.draw(inputs, config["rank"], scale=0.3).requires_grad_(True)
    b = p.draw(config["rank"], outputs, scale=0.3).requires_grad_(True)
    spread = p.draw(outputs, scale=0.2).abs()
    normals = p.draw(inputs, outputs)

    def forward(noise):
        def run_forward(x, target):
            output = x @ p.kernel + p.bias + scale * (x @ a) @ b + x @ noise
            return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

        return run_forward

    trained = {"lora_A": (a, same), "lora_B": (b, same)}
    step = training(p, forward(normals * spread), trained, {"normals": array(normals)})
    result = run(
        p,
        forward(torch.zeros_like(p.kernel)),
        trained,
        {"ggpo_deviation": (spread, same)},
        lambda: (p.kernel + scale * a @ b, p.bias),
        config,
        initial={"lora_B": torch.zeros_like(b), "ggpo_deviation": torch.zeros(outputs)},
    )
    return {**result, "training": [step]}


def schedule(seed, config, steps):
    """Values and gradients are those of before an update, which here moves nothing: the next norms are of the same values."""
    draw = Draw(seed)
    rank, scale = config["rank"], config["alpha"] / config["rank"]
    shapes = {"first": (4, 3), "second": (3, 5)}
    kernels = {name: draw(i, o, scale=0.5) for name, (i, o) in shapes.items()}
    result = []
    for step in range(1, steps + 1):
        layers, after = {}, {}
        for name, (i, o) in shapes.items():
            a, b, ga, gb = draw(i, rank), draw(rank, o), draw(i, rank), draw(rank, o)
            if step == 1:
                b = torch.zeros_like(b)
            delta = scale * (a @ b).T
            gradient = scale * (b.T @ ga.T + gb.T @ a.T)
            layers[name] = {
                "tensors": {"lora_A": array(a), "lora_B": array(b), "ggpo_deviation": array(torch.zeros(o))},
                "gradients": {"lora_A": array(ga), "lora_B": array(gb)},
            }
            after[name] = {"ggpo_deviation": array(deviation(kernels[name].T, delta, gradient, config))}
        result.append({"step": step, "layers": layers, "after": after})
    return {
        "config": config,
        "totalSteps": steps,
        "shapes": {name: {"in": i, "out": o, "bias": True} for name, (i, o) in shapes.items()},
        "kernels": {name: array(kernel) for name, kernel in kernels.items()},
        "steps": result,
    }


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(231, {"rank": 3, "alpha": 6.0, "sigma": 0.03, "beta": 0.01}),
        case(232, {"rank": 2, "alpha": 3.0, "sigma": 0.1, "beta": 0.2}, inputs=7, outputs=4),
    ],
    "schedules": [
        schedule(233, {"rank": 3, "alpha": 6.0, "sigma": 0.03, "beta": 0.01}, 3),
        schedule(234, {"rank": 2, "alpha": 1.0, "sigma": 0.0, "beta": 0.5}, 2),
    ],
})
