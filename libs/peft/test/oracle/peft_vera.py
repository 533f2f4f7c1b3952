"""Shared random projections with trained scales, as peft holds them in its tuners vera and pvera."""
import torch
from peft import get_peft_model

from vector import OneLayer, problem, same, transposed


def shared_projections(seed, config, kind, prefix, **size):
    """A problem, peft's model of it, its layer, what is trained, what is frozen, first values, and the kernel in effect."""
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        kind(r=config["rank"], d_initial=config["initialScale"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer

    def tensors(names, form):
        return {f"{prefix}_{name}": (getattr(layer, f"{prefix}_{name}")["default"], form) for name in names}

    for name in ("A", "B"):
        buffers = getattr(layer, f"{prefix}_{name}")
        buffers["default"] = buffers["default"].float().double()
    frozen = tensors(("A", "B"), transposed)
    trained = tensors(("lambda_d", "lambda_b"), same)
    initial = {name: t.detach().clone() for name, (t, _) in trained.items()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.4))
            tensor.copy_(tensor.float().double())

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    return p, model, trained, frozen, initial, effective
