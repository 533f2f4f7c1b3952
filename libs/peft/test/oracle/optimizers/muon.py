"""
Muon as its author describes it (kellerjordan.github.io/posts/muon), in torch float64: torch.optim.Muon iterates in
bfloat16, whose rounding is larger than the tolerance. Kernels are [in, out] here, so a step is scaled by
sqrt(max(1, out/in)). With bfloat16 replaced, one step of torch's own agrees (asserted below).
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import PARAMETERS, decays, trajectory
from vector import save, source

a, b, c = 3.4445, -4.7750, 2.0315


def orthogonalized(matrix, steps):
    x = matrix / (matrix.norm() + 1e-7)
    if x.shape[0] > x.shape[1]:
        return orthogonalized(matrix.T, steps).T
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


def muon(config):
    mu, beta1, beta2 = config["momentum"], config["beta1"], config["beta2"]

    def make(values):
        momenta, moments, clock = {}, {}, [0]

        def advance(gradients, learning_rate):
            clock[0] += 1
            for name, value in values.items():
                gradient, (role, shape) = gradients[name], PARAMETERS[name]
                rate = learning_rate
                if len(shape) == 2 and role != "embedding":
                    momenta[name] = mu * momenta.get(name, torch.zeros_like(gradient)) + (1 - mu) * gradient
                    ahead = (1 - mu) * gradient + mu * momenta[name]
                    update = orthogonalized(ahead, config["steps"]) * max(1, shape[1] / shape[0]) ** 0.5
                else:
                    m, v = moments.get(name, (torch.zeros_like(gradient), torch.zeros_like(gradient)))
                    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
                    moments[name] = m, v
                    t = clock[0]
                    update = (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + config["epsilon"])
                    rate = learning_rate * config["adamRatio"]
                if decays(shape):
                    value *= 1 - rate * config["weightDecay"]
                value -= rate * update

        return advance

    return make


def agrees_with_torch():
    """torch's step on a kernel [out, in], to the precision of the bfloat16 it iterates in."""
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.zeros(8, 5, dtype=torch.float32))
    weight.grad = torch.randn(8, 5, dtype=torch.float32)
    torch.optim.Muon([weight], lr=1.0, weight_decay=0.0, momentum=0.95, nesterov=True).step()
    ours = orthogonalized((0.05 + 0.95 * 0.05) * weight.grad.T.double(), 5) * (8 / 5) ** 0.5
    assert (weight.data.T + ours).abs().max() < 0.02, (weight.data.T, ours)


agrees_with_torch()
adam = {"adamRatio": 0.015, "beta1": 0.9, "beta2": 0.95, "epsilon": 1e-10}
usual = {"momentum": 0.95, "steps": 5, **adam, "weightDecay": 0.0}
other = {"momentum": 0.6, "steps": 3, **adam, "adamRatio": 0.5, "weightDecay": 0.2}
save(__file__, {
    "source": source("torch"),
    "cases": [
        trajectory(88, usual, 0.02, 4, muon(usual)),
        trajectory(89, other, 0.1, 4, muon(other)),
    ],
})
