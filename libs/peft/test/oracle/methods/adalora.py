"""AdaLoRA through peft.tuners.adalora: layer, penalty (AdaLoraModel.forward) and allocation (RankAllocator)."""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from peft import AdaLoraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, OneLayer, array, flat, problem, run, save, source, transposed


def names(layer):
    return {
        "lora_A": (layer.lora_A["default"], transposed),
        "lora_E": (layer.lora_E["default"], flat),
        "lora_B": (layer.lora_B["default"], transposed),
    }


def case(seed, config):
    p = problem(seed)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        AdaLoraConfig(
            init_r=-(-config["rank"] * 3 // 2),
            target_r=config["rank"],
            lora_alpha=config["alpha"],
            orth_reg_weight=config["orthogonality"],
            total_step=100,
            target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    trained = names(layer)
    initial = {"lora_E": flat(layer.lora_E["default"].detach().clone())}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.4))

    def effective():
        weight = layer.base_layer.weight.detach()
        return (weight + layer.get_delta_weight("default")).T, layer.base_layer.bias

    # PeftModel.forward of a model without a task type goes past AdaLoraModel.forward, which adds the penalty.
    return run(p, model.base_model, trained, {}, effective, config, initial=initial)


class TwoLayers(torch.nn.Module):
    shapes = [(4, 3), (3, 5)]

    def __init__(self):
        super().__init__()
        self.first, self.second = (torch.nn.Linear(*shape) for shape in self.shapes)

    def forward(self, x):
        return self.second(self.first(x))


def schedule(seed, config, total, tinit, tfinal):
    """Values and gradients are given anew before every step, as an optimizer would have left them."""
    draw = Draw(seed)
    model = get_peft_model(
        TwoLayers(),
        AdaLoraConfig(
            init_r=3, target_r=2, total_step=total, tinit=tinit, tfinal=tfinal, deltaT=config["interval"],
            beta1=config["beta1"], beta2=config["beta2"], target_modules=["first", "second"],
        ),
    )
    layers = {name: names(getattr(model.base_model.model, name)) for name in ("first", "second")}
    steps = []
    for step in range(1, total + 1):
        before = {}
        for path, tensors in layers.items():
            before[path] = {"tensors": {}, "gradients": {}}
            for name, (tensor, to) in tensors.items():
                with torch.no_grad():
                    tensor.add_(draw(*tensor.shape, scale=0.3))
                    tensor.copy_(tensor.float().double())
                tensor.grad = draw(*tensor.shape, scale=0.3)
                before[path]["tensors"][name] = array(to(tensor.detach().clone()))
                before[path]["gradients"][name] = array(to(tensor.grad))
        model.base_model.update_and_allocate(step)
        pattern = model.peft_config["default"].rank_pattern
        steps.append({
            "step": step,
            "layers": before,
            "after": {path: {"lora_E": array(flat(tensors["lora_E"][0].detach()))} for path, tensors in layers.items()},
            "ranks": {path: sum(next(v for k, v in pattern.items() if f".{path}." in f".{k}")) if pattern else 3 for path in layers},
        })
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {name: {"in": i, "out": o, "bias": True} for name, (i, o) in zip(layers, TwoLayers.shapes)},
        "steps": steps,
    }


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(41, {"rank": 2, "alpha": 8.0, "orthogonality": 0.5}),
        case(42, {"rank": 1, "alpha": 3.0, "orthogonality": 0.1}),
    ],
    "schedules": [
        schedule(43, {"rank": 2, "warmup": 0.2, "settle": 0.3, "interval": 1, "beta1": 0.85, "beta2": 0.85}, 10, 2, 3),
        schedule(44, {"rank": 2, "warmup": 0.1, "settle": 0.25, "interval": 3, "beta1": 0.6, "beta2": 0.9}, 20, 2, 5),
    ],
})
