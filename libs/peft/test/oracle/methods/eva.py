"""
EVA through peft.tuners.lora.eva (get_eva_state_dict): components and ranks. peft decomposes batch by batch and truncates;
one batch, which it reads until the components settle, is decomposed exactly but for the last float32 digits. Moments of
the inputs of a whole model in float64.
"""
import sys
from pathlib import Path

import torch
from peft import LoraConfig
from peft.tuners.lora.config import EvaConfig
from peft.tuners.lora.eva import get_eva_state_dict

sys.path.insert(0, str(Path(__file__).parents[1]))
from calibration import model_moments, moments, varied
from peft_lora import lora_case
from vector import Draw, save, source


def components(layers, batch, rank, forward, **options):
    config = LoraConfig(
        r=rank, target_modules=list(layers), init_lora_weights="eva", eva_config=EvaConfig(**options),
    )
    return get_eva_state_dict(
        torch.nn.ModuleDict(layers).float(), [batch.float()], config, forward_fn=forward,
        prepare_model_inputs_fn=None, prepare_layer_inputs_fn=None, show_progress_bar=False,
    )


def case(seed, config):
    found = {}

    def prepare(p, layer):
        rows = varied(p.draw, 40, layer.in_features)
        options = {"rho": 1.0, "whiten": config.get("whiten", False)}
        found.update(components({"layer": layer}, rows, config["rank"], lambda m, x: m["layer"](x), **options))
        if options["whiten"]:
            # peft reads the batch a second time to see whether it has settled: rows count twice in its singular values.
            found["layer"] *= 2**0.25
        return {"calibration": {"inputs": moments(rows)}}

    def settle(p, layer):
        with torch.no_grad():
            layer.lora_A["default"].weight.copy_(found["layer"])

    return lora_case(seed, config, deterministic=["lora_A", "lora_B"], prepare=prepare, settle=settle)


def allocation(seed, rank, rho, shapes, decays, twins=0):
    """Layers that read inputs of their own; the last `twins` read what the first reads."""
    draw = Draw(seed)
    widths = [inputs for inputs, _ in shapes]
    rows = [varied(draw, 60, inputs, decay) for inputs, decay in zip(widths, decays)]
    layers = {f"layer{i}": torch.nn.Linear(*shape) for i, shape in enumerate(shapes)}
    layers |= {f"twin{i}": torch.nn.Linear(widths[0], 3) for i in range(twins)}

    def forward(model, x):
        parts = [part.contiguous() for part in x.split(widths, 1)]
        for name, layer in model.items():
            layer(parts[0] if name.startswith("twin") else parts[int(name[5:])])

    found = components(layers, torch.cat(rows, 1), rank, forward, rho=rho)
    inputs = [moments(r) for r in rows] + [moments(rows[0])] * twins
    return {"config": {"rank": rank, "rho": rho}, "inputs": inputs, "ranks": [found[name].shape[0] for name in layers]}


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(191, {"rank": 2, "alpha": 5.0, "rho": 1}),
        case(192, {"rank": 2, "alpha": 2.0, "rho": 1, "whiten": True}),
    ],
    "allocations": [
        allocation(193, 2, 2.0, [(8, 4), (9, 5), (10, 6)], (0.3, 0.8, 0.6)),
        allocation(194, 2, 1.0, [(8, 4), (9, 5)], (0.3, 0.8)),
        allocation(195, 2, 2.0, [(8, 4), (9, 5)], (0.9, 0.3), twins=1),
        allocation(197, 1, 3.0, [(8, 4), (9, 5), (10, 6)], (0.8, 0.2, 0.97)),
    ],
    "calibrations": [model_moments(196)],
})
