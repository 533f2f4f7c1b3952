"""Optimizers of torch, transformers and bitsandbytes by the names of an order."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, cast

import torch
from transformers.optimization import Adafactor

from .model import Adapted
from .wire import RunnerOptimizer

Groups = list[dict[str, Any]]
Settings = dict[str, Any]


def of_bitsandbytes(name: str) -> Callable[..., torch.optim.Optimizer]:
    def make(groups: Groups, **settings: Any) -> torch.optim.Optimizer:
        import bitsandbytes

        return getattr(bitsandbytes.optim, name)(groups, lr=0.0, weight_decay=0.0, **settings)

    return make


def betas(settings: Settings) -> tuple[float, float]:
    return settings["beta1"], settings["beta2"]


def adamw(groups: Groups, settings: Settings) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=0.0, betas=betas(settings), eps=settings["epsilon"], weight_decay=0.0)


def adamw_8bit(groups: Groups, settings: Settings) -> torch.optim.Optimizer:
    make = of_bitsandbytes("AdamW8bit")
    return make(groups, betas=betas(settings), eps=settings["epsilon"], min_8bit_size=settings["minSize"])


def sgd(groups: Groups, settings: Settings) -> torch.optim.Optimizer:
    momentum, nesterov = settings.get("momentum", 0.0), settings.get("nesterov", False)
    return torch.optim.SGD(groups, lr=0.0, momentum=momentum, nesterov=nesterov, weight_decay=0.0)


def adafactor(groups: Groups, settings: Settings) -> torch.optim.Optimizer:
    return Adafactor(
        groups,
        lr=0.0,
        eps=(settings["epsilon"], settings["parameterEpsilon"]),
        clip_threshold=settings["clip"],
        decay_rate=-settings["decay"],
        scale_parameter=settings["scaleParameter"],
        relative_step=False,
        warmup_init=False,
        weight_decay=0.0,
    )


def lion(groups: Groups, settings: Settings) -> torch.optim.Optimizer:
    return of_bitsandbytes("Lion32bit")(groups, betas=betas(settings))


OF_BITSANDBYTES: dict[str, Callable[[Groups, Settings], torch.optim.Optimizer]] = {
    "adamw-8bit": adamw_8bit,
    "lion": lion,
}
MAKERS: dict[str, Callable[[Groups, Settings], torch.optim.Optimizer]] = {
    "adamw": adamw,
    "sgd": sgd,
    "adafactor": adafactor,
    **(OF_BITSANDBYTES if find_spec("bitsandbytes") else {}),
}


def make_optimizer(adapted: Adapted, order: RunnerOptimizer) -> torch.optim.Optimizer:
    """An optimizer whose groups have `decay`, and `multiple` of the ordered rate."""
    make = MAKERS.get(order["name"])
    if make is None:
        raise ValueError(f"the optimizer {order['name']} is not here, but {', '.join(MAKERS)}; install bitsandbytes")
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in adapted.trained.items():
        multiple = adapted.rates.get(name, 1.0) * (order["headRate"] if name in adapted.head else 1.0)
        decay = order["weightDecay"] if name in adapted.decayed else 0.0
        groups.setdefault((multiple, decay), []).append(parameter)
    parts: Groups = [
        {"params": parameters, "multiple": multiple, "decay": decay} for (multiple, decay), parameters in groups.items()
    ]
    return make(parts, cast(Settings, order))


@torch.no_grad()
def decay(optimizer: torch.optim.Optimizer) -> None:
    """Takes the decay of a step from what is trained, by the rate of its group."""
    for group in optimizer.param_groups:
        if group["decay"] > 0:
            for parameter in group["params"]:
                parameter.mul_(1 - group["lr"] * group["decay"])
