"""
FRUGAL: AdamW on columns of kernels, which are inputs, or on whole kernels by turns, with signSGD on the rest. What the classes
draw goes into the vector, as the numbers of a shuffle that gives the same.
"""
import importlib
import math
from functools import partial

import torch

from clone import Clone
from adam_in_subspace import official, run

# A name of torch's that later versions no longer have. Here it is the root of a number.
importlib.import_module("torch.optim.optimizer")._dispatch_sqrt = math.sqrt

clone = Clone("fzmushko/FRUGAL", "c7ebe4c242f7908e036c287e3a10512a84634648")
file = "frugal/adamw.py"
module = clone.module(file, siblings=["galore_projector.py", "coordinate_projector.py", "proj_optimizer_templates.py"])

ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
# Whole kernels of forms that differ, and what is none among them. Half of the kernels are two and a half.
TURNS = {
    "first": ("kernel", (4, 6)),
    "bias": ("bias", (6,)),
    "second": ("kernel", (6, 4)),
    "third": ("kernel", (3, 8)),
    "fourth": ("kernel", (8, 3)),
    "fifth": ("kernel", (2, 5)),
}


def shuffle(size, drawn):
    """What a Fisher-Yates shuffle draws that begins with these places."""
    pool, integers = list(range(size)), []
    for index, place in enumerate(drawn):
        other = pool.index(place)
        integers.append(other - index)
        pool[index], pool[other] = pool[other], pool[index]
    return {"integers": integers}


def group(config):
    return {
        "is_proj_params": True, "density": config["density"], "update_gap": config["gap"],
        "inactive_lr_scale": config["signScale"], "weight_decay": config["weightDecay"],
    }


def columns(seed, steps, **settings):
    torch.manual_seed(seed)
    config = {"choice": "inputs", **settings, **ADAM}
    draws = {}

    def drawn(optimizer, tensors, step):
        for name, tensor in tensors.items():
            indices = optimizer.state[tensor]["projector"].indices.tolist()
            draws[f"coordinates/{name}/{(step - 1) // config['gap']}"] = shuffle(tensor.shape[1], indices)

    make = partial(module.CoordAdamW, coord_choice="columns", weight_decay=0.0)
    made = run(seed, config, steps, official(make, config, group(config), drawn))
    return {**made, "draws": draws}


def kernels(seed, steps, **settings):
    torch.manual_seed(seed)
    config = {"choice": "kernels", **settings, **ADAM}
    draws = {}

    def drawn(optimizer, tensors, step):
        active = [place for place, tensor in enumerate(tensors.values()) if optimizer.state[tensor]["active"]]
        draws[f"blocks/{(step - 1) // config['gap']}"] = shuffle(len(tensors), active)

    make = partial(module.BlockAdamW, block_order=config["order"], weight_decay=0.0)
    made = run(seed, config, steps, official(make, config, group(config), drawn, TURNS), TURNS)
    return {**made, "draws": draws} if config["order"] == "random" else made


called = (
    "CoordAdamW(groups, coord_choice columns).step() and BlockAdamW(groups, block_order).step(), with is_proj_params, density, "
    "update_gap, inactive_lr_scale and weight_decay in the group of kernels"
)
clone.save(__file__, file, called, {"optimizer": "frugal", "cases": [
    columns(611, 7, density=0.4, gap=3, signScale=1.0, weightDecay=0.0),
    columns(612, 4, density=0.5, gap=200, signScale=0.1, weightDecay=0.1),
    kernels(613, 7, order="descending", density=0.4, gap=2, signScale=1.0, weightDecay=0.0),
    kernels(614, 5, order="ascending", density=0.5, gap=1, signScale=0.5, weightDecay=0.1),
    kernels(615, 6, order="random", density=0.6, gap=2, signScale=0.1, weightDecay=0.1),
]})
