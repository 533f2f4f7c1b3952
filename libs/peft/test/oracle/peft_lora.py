"""Cases of methods that peft expresses as a LoraConfig."""
import torch
from peft import LoraConfig, get_peft_model

from vector import OneLayer, array, one_pass, problem, run, same, transposed


def lora_case(seed, config, deterministic=(), signs=None, prepare=None, settle=None, dropped=False, frozen=(), **options):
    """
    A case through peft's own layer, with non-zero trained values.

    config: the library's configuration; options: what LoraConfig gets besides rank and alpha
    deterministic: names of tensors whose first values do not depend on chance
    prepare(p, layer): sees the torch layer before peft does; returns fields to add to the case
    settle(p, layer): sees peft's layer before anything is read of it
    frozen: names of tensors that are not trained
    dropped: also gives a forward pass with dropout
    signs(a, k): the number whose sign is free in column k of A and row k of B, made positive by the library
    """
    rank = config["rank"]
    p = problem(seed)
    # peft refuses the SVD of PiSSA in float64: first values are made in float32, everything after in float64.
    base = OneLayer(p.kernel, p.bias).float()
    more = prepare(p, base.layer) if prepare else {}
    model = get_peft_model(
        base,
        LoraConfig(r=rank, lora_alpha=config.get("alpha", rank), target_modules=["layer"], **options),
    ).double()
    layer = model.base_model.model.layer
    if settle:
        settle(p, layer)
    trained = {
        "lora_A": (layer.lora_A["default"].weight, transposed),
        "lora_B": (layer.lora_B["default"].weight, transposed),
    }
    if options.get("use_dora"):
        trained["lora_magnitude_vector"] = (layer.lora_magnitude_vector["default"].weight, same)
    assert all(t.dtype == torch.float64 for t, _ in trained.values()), "peft must compute in float64"
    initial = {name: to(t.detach().clone()) for name, (t, to) in trained.items() if name in deterministic}
    if signs:
        canonical_signs(initial, signs)
    frozen_kernel = layer.base_layer.weight.detach().T.clone()
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.2))
            tensor.copy_(tensor.float().double())
    kept = {name: trained.pop(name) for name in frozen}
    for tensor, _ in kept.values():
        tensor.requires_grad_(False)

    def effective():
        # peft merges in place: on a copy of the base, restored after.
        weight = layer.base_layer.weight.detach().clone()
        layer.merge()
        merged = layer.base_layer.weight.detach().clone().T
        layer.unmerge()
        layer.base_layer.weight.data.copy_(weight)
        return merged, layer.base_layer.bias

    start = [tensor.detach().clone() for tensor, _ in trained.values()]
    case = more | run(
        p,
        model,
        trained,
        kept,
        effective,
        config,
        initial=initial,
        kernel=frozen_kernel,
    )
    if dropped:
        with torch.no_grad():
            for (tensor, _), value in zip(trained.values(), start, strict=True):
                tensor.copy_(value)
        case["dropout"] = with_dropout(p, model, layer, trained)
    return case


class FixedDropout(torch.nn.Module):
    """Dropout whose mask was drawn before."""

    def __init__(self, mask):
        super().__init__()
        self.mask = mask

    def forward(self, x):
        return x * self.mask


def with_dropout(p, model, layer, trained, probability=0.5):
    mask = (p.draw(*p.x.shape) > 0).double() / (1 - probability)
    layer.lora_dropout["default"] = FixedDropout(mask)
    return {"mask": array(mask), **one_pass(p, model.train(), trained)}


def canonical_signs(initial, signs):
    a, b = initial["lora_A"], initial["lora_B"]
    for k in range(a.shape[1]):
        if signs(a, k) < 0:
            a[:, k] *= -1
            b[k] *= -1


def largest(a, k):
    """The largest entry of a singular vector."""
    return a[a[:, k].abs().argmax(), k]
