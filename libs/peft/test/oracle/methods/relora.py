"""
ReLoRA (arXiv 2307.05695) in torch float64. The layer is that of LoRA with its bias trained; the schedule is that of the
authors' code: at the end of every cycle the update is added to the kernel and B is 0; A is drawn anew as in the paper, where
an option of the code makes it 0 too.
"""
import math
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from pretraining import layer_case
from vector import Draw, array, save, source

SHAPES = {"first": (4, 3), "second": (3, 5)}


def case(seed, config, **size):
    rank, scale = config["rank"], config["alpha"] / config["rank"]

    def make(p):
        # As it is after a merge: not the kernel of the base any more.
        kernel = p.kernel + p.draw(*p.kernel.shape, scale=0.3)
        a, b = p.draw(p.kernel.shape[0], rank, scale=0.5), p.draw(rank, p.kernel.shape[1], scale=0.5)
        return {"lora_A": a, "lora_B": b}, {"own_kernel": kernel}, lambda: kernel + scale * a @ b

    first = lambda p: {"lora_B": torch.zeros(rank, p.kernel.shape[1]), "own_kernel": p.kernel}
    return layer_case(seed, config, make, first, **size)


def schedule(seed, config, total):
    draw = Draw(seed)
    rank, scale = config["rank"], config["alpha"] / config["rank"]
    # Halves go up, as nobody else's round() does here.
    merges = [math.floor(total * (i + 1) / (config["restarts"] + 1) + 0.5) for i in range(config["restarts"])]
    steps = []
    for step in range(1, total + 1):
        layers, after = {}, {}
        for path, (inputs, outputs) in SHAPES.items():
            tensors = {"lora_A": draw(inputs, rank), "lora_B": draw(rank, outputs), "own_kernel": draw(inputs, outputs)}
            gradients = {name: array(draw(*tensors[name].shape)) for name in ("lora_A", "lora_B")}
            layers[path] = {"tensors": {name: array(t) for name, t in tensors.items()}, "gradients": gradients}
            if step in merges:
                merged = tensors["own_kernel"] + scale * tensors["lora_A"] @ tensors["lora_B"]
                after[path] = {"own_kernel": array(merged), "lora_B": array(torch.zeros(rank, outputs))}
            else:
                after[path] = {name: array(t) for name, t in tensors.items()}
        steps.append({"step": step, "layers": layers, "after": after})
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {path: {"in": i, "out": o, "bias": True} for path, (i, o) in SHAPES.items()},
        "steps": steps,
    }


save(__file__, {
    "source": source("torch"),
    "cases": [case(431, {"rank": 3, "alpha": 8.0}), case(432, {"rank": 1, "alpha": 1.0}, inputs=4, outputs=3)],
    # Seven steps have cycles of two lengths, six of one.
    "schedules": [
        schedule(433, {"rank": 2, "alpha": 3.0, "restarts": 2}, 7),
        schedule(434, {"rank": 1, "alpha": 1.0, "restarts": 1}, 6),
    ],
})
