"""
LoRAPrune: its linear layer with a mask, and how it scores and masks heads and channels between steps, on blocks named as
LLaMA's. Steps are counted from 1; those at which the library makes sure of the final share, which there is never reached, are
not in the case.
"""
from importlib.machinery import ModuleSpec
from types import SimpleNamespace

import torch

from clone import Clone, absent
from vector import Draw, array, problem, run, same, transposed

clone = Clone("aim-uofa/LoRAPrune", "4da52721b00cd80ef9ec2071d338d60efc7024e7")
# The class for weights of eight bits is declared only where this is found, and is needed for its name alone.
absent("bitsandbytes", __spec__=ModuleSpec("bitsandbytes", None), nn=SimpleNamespace(Linear8bitLt=torch.nn.Module))
absent("bitsandbytes.nn.modules", Int8Params=None)
file = "loraprune/utils.py"
utils = clone.module(file, siblings=["lora.py"])
HEADS = utils.NUM_ATTENTION_HEADS = 4


def layer(kernel, config, a, b, bias=None):
    made = utils.Linear(*kernel.shape, r=config["rank"], lora_alpha=config["alpha"], merge_weights=False, bias=bias is not None)
    with torch.no_grad():
        made.weight.copy_(kernel.T)
        made.lora_A.weight.copy_(a.T)
        made.lora_B.weight.copy_(b.T)
        if bias is not None:
            made.bias.copy_(bias).requires_grad_(False)
    return made


def case(seed, config, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    masked = layer(p.kernel, config, p.draw(inputs, config["rank"], scale=0.3), p.draw(config["rank"], outputs, scale=0.3), p.bias)
    masked.lora_mask.copy_(torch.arange(outputs) % 3 != 1)
    of = lambda x: masked(x[None])[0]

    def forward(x, target):
        output = of(x)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    def effective():
        bias = of(torch.zeros(1, inputs))[0]
        return of(torch.eye(inputs)) - bias, bias

    return run(
        p, forward,
        {"lora_A": (masked.lora_A.weight, transposed), "lora_B": (masked.lora_B.weight, transposed)},
        {"prune_mask": (masked.lora_mask, same)}, effective, config, role="query",
        initial={"lora_B": torch.zeros(config["rank"], outputs), "prune_mask": torch.ones(outputs)},
    )


# The name here and there, inputs, outputs, role.
PARTS = {
    ("attention", "self_attn"): [
        ("query", "q_proj", 8, 8, "query"), ("key", "k_proj", 8, 8, "key"),
        ("value", "v_proj", 8, 8, "value"), ("output", "o_proj", 8, 8, "output"),
    ],
    ("mlp", "mlp"): [("gate", "gate_proj", 8, 6, "gate"), ("fc_in", "up_proj", 8, 6, "up"), ("fc_out", "down_proj", 6, 8, "down")],
}


class Blocks(torch.nn.Module):
    """A model whose blocks lie where its functions look for them: at `base_model.model.model.layers`."""

    def __init__(self, blocks, make):
        super().__init__()
        part = lambda block, own, theirs: torch.nn.ModuleDict({
            there: make(f"blocks.{block}.{own}.{here}", inputs, outputs) for here, there, inputs, outputs, _ in PARTS[own, theirs]
        })
        layers = torch.nn.ModuleList(
            torch.nn.ModuleDict({theirs: part(block, own, theirs) for own, theirs in PARTS}) for block in range(blocks)
        )
        inner = torch.nn.Module()
        inner.model = torch.nn.Module()
        inner.model.layers = layers
        self.base_model = torch.nn.Module()
        self.base_model.model = inner

    @property
    def model(self):
        return self.base_model.model


def schedule(seed, config, blocks, total, steps):
    draw = Draw(seed)
    rank, kernels, layers = config["rank"], {}, {}

    def make(path, inputs, outputs):
        kernels[path] = draw(inputs, outputs, scale=0.5)
        layers[path] = layer(kernels[path], config, torch.zeros(inputs, rank), torch.zeros(rank, outputs))
        return layers[path]

    model = Blocks(blocks, make)
    utils.freeze(model)
    # A mask is written for the layers whose outputs are masked, and read on the input side by those that read them.
    masks_of = {
        f"blocks.{block}.{own}.{here}": f"blocks.{block}.{own}.{'query' if own == 'attention' else 'gate'}"
        for block in range(blocks) for (own, _), part in PARTS.items() for here, *_ in part
    }
    writes = lambda path: path.rsplit(".", 1)[1] not in ("output", "fc_out")
    mask = lambda path: array(layers[path if writes(path) else masks_of[path]].lora_mask)
    name_here = {
        f"base_model.model.model.layers.{block}.{theirs}": f"blocks.{block}.{own}" for block in range(blocks) for own, theirs in PARTS
    }
    sensitivity = utils.init_sensitivity_dict(model)
    recorded = []
    for step in range(1, steps + 1):
        given = {}
        for path, made in layers.items():
            factors = {"lora_A": made.lora_A.weight, "lora_B": made.lora_B.weight}
            for factor in factors.values():
                factor.data, factor.grad = draw(*factor.shape), draw(*factor.shape)
            given[path] = {
                "tensors": {**{name: array(factor.data.T) for name, factor in factors.items()}, "prune_mask": mask(path)},
                "gradients": {name: array(factor.grad.T) for name, factor in factors.items()},
            }
        sensitivity = utils.update_sensitivity_dict(model, sensitivity, "lora")
        ratio = utils.schedule_sparsity_ratio(step, total, config["warmup"], config["cooldown"], 0.0, config["ratio"])
        if step % config["interval"] == 0 and 0.0 < ratio < config["ratio"]:
            utils.local_prune(model, sensitivity, ratio, config["ratio"])
        recorded.append({
            "step": step, "layers": given, "after": {path: {"prune_mask": mask(path)} for path in layers},
            "state": {name_here[name]: array(values) for name, values in sensitivity.items()},
        })
    return {
        "config": config, "totalSteps": total,
        "shapes": {
            f"blocks.{block}.{own}.{here}": {
                "in": inputs, "out": outputs, "bias": False, "role": role, **({"heads": HEADS} if own == "attention" else {}),
            }
            for block in range(blocks) for (own, _), part in PARTS.items() for here, _, inputs, outputs, role in part
        },
        "kernels": {path: array(kernel) for path, kernel in kernels.items()},
        "steps": recorded,
    }


called = (
    "Linear(in, out, r, lora_alpha).forward with a lora_mask; freeze, init_sensitivity_dict, update_sensitivity_dict with lora, "
    "schedule_sparsity_ratio from 0 and local_prune, with NUM_ATTENTION_HEADS 4"
)
pruning = {"warmup": 0.1, "cooldown": 0.1, "smoothing": 0.9, "protectedFirst": 0.1, "protectedLast": 1}
clone.save(__file__, file, called, {
    "method": "loraprune",
    "cases": [case(621, {"rank": 3, "alpha": 6.0}), case(622, {"rank": 2, "alpha": 3.0}, inputs=7, outputs=4)],
    "schedules": [schedule(623, {"rank": 1, "alpha": 4.0, "ratio": 0.8, "interval": 2, **pruning}, blocks=2, total=10, steps=8)],
})
