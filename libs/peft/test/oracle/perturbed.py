"""
What oracles of recipes that perturb activations share: a small classifier of three layers in torch, float64. Projected gradient steps, token
by token (here: row by row) in a ball of L2, then the gradient of `(1 − weight) · CE(clean) + weight · CE(perturbed)`.
"""
import torch
from vector import Draw, array, source


def case(name, place, config):
    draw = Draw(41)
    kernels = [draw(6, 8, scale=0.6), draw(8, 8, scale=0.6), draw(8, 3, scale=0.6)]
    x, labels = draw(5, 6), torch.tensor([0, 2, 1, 1, 0])

    def loss_of(weights, targets, delta=None):
        h = x
        for layer, weight in enumerate(weights):
            if delta is not None and layer == place:
                h = h + delta
            h = h @ weight
            h = torch.relu(h) if layer < 2 else h
        return torch.nn.functional.cross_entropy(h, targets)

    toward = config.get("toward")
    asked = labels if toward is None else torch.full_like(labels, toward)
    way = 1 if toward is None else -1
    delta = torch.zeros(5, [6, 8, 8][place])
    for _ in range(config["innerSteps"]):
        moving = delta.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(loss_of(kernels, asked, moving), moving)
        delta = delta + way * config["rate"] * config["radius"] * torch.nn.functional.normalize(slope, dim=1, eps=1e-30)
        delta = torch.renorm(delta, 2, 0, config["radius"])
    weights = [kernel.clone().requires_grad_(True) for kernel in kernels]
    clean, worst = loss_of(weights, labels), loss_of(weights, labels, delta)
    loss = (1 - config["weight"]) * clean + config["weight"] * worst
    loss.backward()
    return {
        "name": name,
        "place": place,
        "config": config,
        "kernels": [array(kernel) for kernel in kernels],
        "inputs": array(x),
        "targets": labels.tolist(),
        "perturbation": array(delta),
        "clean": clean.item(),
        "worst": worst.item(),
        "loss": loss.item(),
        "gradients": [array(weight.grad) for weight in weights],
    }


def vector(*cases):
    return {"source": source("torch"), "perturbed": [case(*each) for each in cases]}
