"""
LoRAM: one layer through Python peft's LoRA, and a pruned GPT-2 in float64 from the paper's equations.

The pruned model is computed on the whole one, in another way than the library's: the rows of W that lead out of pruned
heads and units are zero, and A and B are zero outside the kept rows and columns. Nothing pruned then reaches the output.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from tiny_gpt2 import HEADS, LAYERS, MLP, WIDTH, model_config, next_token_loss, named, tiny_gpt2, token_batch, weights, write_batch
from vector import array, save, source

EACH = WIDTH // HEADS


def largest(norms, left):
    return sorted(sorted(range(len(norms)), key=lambda i: (-norms[i], i))[:left])


def pruned(seed, ratio, config):
    case = tiny_gpt2(seed)
    model, draw = case.model, case.draw
    parameters = named(model, lambda p: p.detach().clone())
    kept, tensors, update = {}, {}, {}
    # By linear layer: kept inputs and outputs.
    sides = {}
    for index in range(LAYERS):
        at = f"blocks.{index}"
        squares = [
            sum(
                (parameters[f"{at}.attention.{name}.kernel"][:, h * EACH:(h + 1) * EACH] ** 2).sum()
                for name in ("query", "key", "value")
            ) + (parameters[f"{at}.attention.output.kernel"][h * EACH:(h + 1) * EACH] ** 2).sum()
            for h in range(HEADS)
        ]
        heads = largest([s.item() for s in squares], max(1, HEADS - int(HEADS * ratio)))
        entries = [h * EACH + offset for h in heads for offset in range(EACH)]
        units_norm = (parameters[f"{at}.mlp.fc_in.kernel"] ** 2).sum(0) + (parameters[f"{at}.mlp.fc_out.kernel"] ** 2).sum(1)
        units = largest(units_norm.tolist(), max(1, MLP - int(MLP * ratio)))
        for name in ("query", "key", "value"):
            sides[f"{at}.attention.{name}"] = (list(range(WIDTH)), entries)
        sides[f"{at}.attention.output"] = (entries, list(range(WIDTH)))
        sides[f"{at}.mlp.fc_in"] = (list(range(WIDTH)), units)
        sides[f"{at}.mlp.fc_out"] = (units, list(range(WIDTH)))
    rank, scale = config["rank"], config["alpha"] / config["rank"]
    effective = dict(parameters)
    for path, (i, j) in sides.items():
        whole = parameters[f"{path}.kernel"]
        a, b = draw(len(i), rank, scale=0.3), draw(rank, len(j), scale=0.3)
        tensors[f"{path}.lora_A"], tensors[f"{path}.lora_B"] = array(a), array(b)
        full_a, full_b = torch.zeros(whole.shape[0], rank), torch.zeros(rank, whole.shape[1])
        full_a[i], full_b[:, j] = a, b
        delta = scale * full_a @ full_b
        update[path] = array(delta)
        outside = torch.ones(whole.shape, dtype=torch.bool)
        outside[torch.tensor(i)[:, None], torch.tensor(j)] = False
        assert (delta[outside] == 0).all() and torch.equal(delta[i][:, j], scale * a @ b)
        mask = torch.zeros(whole.shape[0], 1)
        mask[i] = 1
        effective[f"{path}.kernel"] = whole * mask + delta
        if len(i) < whole.shape[0] or len(j) < whole.shape[1]:
            kept[path] = {
                **({"in": i} if len(i) < whole.shape[0] else {}), **({"out": j} if len(j) < whole.shape[1] else {}),
            }
    batch = token_batch(seed)

    def loss(of):
        with torch.no_grad():
            for index, block in enumerate(model.transformer.h):
                at = f"blocks.{index}"
                block.attn.c_attn.weight.copy_(
                    torch.cat([of[f"{at}.attention.{name}.kernel"] for name in ("query", "key", "value")], 1)
                )
                block.attn.c_proj.weight.copy_(of[f"{at}.attention.output.kernel"])
                block.mlp.c_fc.weight.copy_(of[f"{at}.mlp.fc_in.kernel"])
                block.mlp.c_proj.weight.copy_(of[f"{at}.mlp.fc_out.kernel"])
        return next_token_loss(model(batch.inputs).logits, batch.targets).item()

    written = weights(model)
    on_pruned = loss(effective)
    whole = {**parameters, **{f"{p}.kernel": parameters[f"{p}.kernel"] + torch.tensor(u) for p, u in update.items()}}
    return {
        "model": model_config(model), "weights": written, "config": {**config, "pruneRatio": ratio},
        "batch": write_batch(batch), "kept": kept, "tensors": tensors, "loss": on_pruned, "update": update,
        "recoveredLoss": loss(whole),
    }


save(__file__, {
    "source": source("peft") + "; " + source("torch"),
    "cases": [
        lora_case(421, {"rank": 3, "alpha": 16.0}, deterministic=["lora_B"]),
        lora_case(422, {"rank": 2, "alpha": 2.0}, deterministic=["lora_B"]),
    ],
    "prunings": [
        pruned(423, 0.5, {"rank": 2, "alpha": 4.0}),
        pruned(424, 0.3, {"rank": 1, "alpha": 1.0}),
        pruned(425, 0.9, {"rank": 2, "alpha": 2.0}),
    ],
})
