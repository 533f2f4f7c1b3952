"""
LoRA-SB from the paper (arXiv 2411.19557, algorithm 1) in torch float64; gradients of a whole model by autograd. The first
step has the rate that the authors' code gives it: the learning rate over the steps of the warm-up.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import model_config, named, next_token_loss, tiny_gpt2, token_batch, weights, write_batch
from vector import array, problem, run, same, save, source


def case(seed, config, learning_rate, steps, warm_up_steps):
    """`learning_rate` is that after the warm-up."""
    p = problem(seed)
    gradient = p.draw(*p.kernel.shape, scale=0.01)
    rank = config["rank"]
    scale = config.get("alpha", rank) / rank
    rate = learning_rate / (warm_up_steps or max(1, config["warmUp"] * steps))
    first = {"learningRate": learning_rate / max(1, warm_up_steps), "steps": steps, "warmupSteps": warm_up_steps}
    u, sigma, vt = torch.linalg.svd(-rate * torch.sign(gradient), full_matrices=False)
    signs = torch.sign(u[u.abs().argmax(dim=0), torch.arange(u.shape[1])])
    a, b = (u * signs)[:, :rank], (vt * signs[:, None])[:rank]
    r = torch.diag(sigma[:rank]) / scale
    # What the card states: orthonormal factors, and the best approximation of rank r of the step.
    step = -rate * torch.sign(gradient)
    assert torch.allclose(((step - scale * a @ r @ b) ** 2).sum(), (sigma[rank:] ** 2).sum())
    initial = {"lora_A": a.clone(), "lora_R": r.clone(), "lora_B": b.clone()}
    a, b = a.float().double(), b.float().double()
    core = (r + p.draw(rank, rank, scale=0.3)).float().double().requires_grad_(True)

    def forward(x, target):
        output = x @ p.kernel + p.bias + scale * ((x @ a) @ core) @ b
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return {"calibration": {"gradient": array(gradient), "firstStep": first}} | run(
        p, forward, {"lora_R": (core, same)}, {"lora_A": (a, same), "lora_B": (b, same)},
        lambda: (p.kernel + scale * a @ core @ b, p.bias), config, initial=initial,
    )


def gradients(seed):
    """Of the mean of two batches' losses, for every kernel of the attention."""
    base = tiny_gpt2(seed)
    batches = [token_batch(seed), token_batch(seed + 1)]
    base.model.requires_grad_(True)
    torch.stack([next_token_loss(base.model(b.inputs).logits, b.targets) for b in batches]).mean().backward()
    found = named(base.model, lambda p: p.grad)
    targets = ["query", "key", "value", "output"]
    paths = [f"blocks.{block}.attention.{name}" for block in range(2) for name in targets]
    return {
        "model": model_config(base.model), "weights": weights(base.model), "targets": targets,
        "batches": [write_batch(b) for b in batches],
        "layers": {path: {"gradient": array(found[f"{path}.kernel"])} for path in paths},
    }


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(181, {"rank": 3, "warmUp": 0.02}, 1e-2, 40, 4),
        case(182, {"rank": 2, "alpha": 5.0, "warmUp": 0.02}, 2e-3, 500, 0),
        case(184, {"rank": 2, "warmUp": 0.06}, 2e-3, 10, 0),
    ],
    "calibrations": [gradients(183)],
})
