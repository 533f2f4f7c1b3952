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
from peft_lora import lora_case
from tiny_gpt2 import model_config, tiny_gpt2, token_batch, weights, write_batch
from vector import Draw, array, save, source


def moments(rows):
    mean = rows.mean(0)
    return {"rows": rows.shape[0], "mean": array(mean), "scatter": array((rows - mean).T @ (rows - mean))}


def components(layers, batch, rank, forward, **options):
    config = LoraConfig(
        r=rank, target_modules=list(layers), init_lora_weights="eva", eva_config=EvaConfig(**options),
    )
    return get_eva_state_dict(
        torch.nn.ModuleDict(layers).float(), [batch.float()], config, forward_fn=forward,
        prepare_model_inputs_fn=None, prepare_layer_inputs_fn=None, show_progress_bar=False,
    )


def varied(draw, rows, inputs, decay=0.5):
    """Rows whose deviations along (turned) axes fall by `decay` from one to the next, so that components are apart."""
    turn, _ = torch.linalg.qr(draw(inputs, inputs))
    spread = draw(rows, inputs) * torch.tensor([4.0 * decay**k for k in range(inputs)]) @ turn.T
    return (spread + draw(inputs, scale=0.5)).float().double()


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


def model_moments(seed):
    """Of what flows into every linear layer of a GPT-2, over the tokens whose target counts."""
    base = tiny_gpt2(seed)
    batches = [token_batch(seed), token_batch(seed + 1)]
    seen = {}

    def note(path):
        def hook(module, inputs):
            seen.setdefault(path, []).append(inputs[0].reshape(-1, inputs[0].shape[-1]))
        return hook

    for index, block in enumerate(base.model.transformer.h):
        path = f"blocks.{index}"
        for name in ("query", "key", "value"):
            block.attn.c_attn.register_forward_pre_hook(note(f"{path}.attention.{name}"))
        block.attn.c_proj.register_forward_pre_hook(note(f"{path}.attention.output"))
        block.mlp.c_fc.register_forward_pre_hook(note(f"{path}.mlp.fc_in"))
        block.mlp.c_proj.register_forward_pre_hook(note(f"{path}.mlp.fc_out"))
    for batch in batches:
        base.model(batch.inputs)
    counted = [(batch.targets.reshape(-1) >= 0) for batch in batches]
    return {
        "model": model_config(base.model), "weights": weights(base.model),
        "targets": ["query", "key", "value", "output", "fc_in", "fc_out"],
        "batches": [write_batch(b) for b in batches],
        "layers": {
            path: {"inputs": moments(torch.cat([rows[keep] for rows, keep in zip(parts, counted)]))}
            for path, parts in seen.items()
        },
    }


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
