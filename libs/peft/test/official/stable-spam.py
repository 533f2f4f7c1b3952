"""Stable-SPAM without its schedule of β₁ and within its first gap: a reset is the paper's in the library, which the code's is not."""
import torch

from clone import Clone
from optimizer_vector import PARAMETERS, trajectory

clone = Clone("TianjinYellow/StableSPAM", "6a66da1ea7005f7fe7bc570b7968144b42163bed")
file = "galore_torch/stablespam.py"
StableSPAM = clone.module(file).StableSPAM


def case(seed, config, steps):
    def make(values):
        tensors = {name: torch.nn.Parameter(value.clone()) for name, value in values.items()}
        optimizer = StableSPAM(
            tensors.values(), lr=0.1, betas=(config["beta1"], config["beta2"]), eps=config["epsilon"],
            gamma1=config["normDecay"], gamma2=config["normSquareDecay"], gamma3=config["clipDecay"],
        )

        def advance(gradients, learning_rate):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            for name, tensor in tensors.items():
                tensor.grad = gradients[name].clone()
            optimizer.step()
            for name, tensor in tensors.items():
                values[name].copy_(tensor.detach())

        return advance

    return trajectory(seed, config, 0.1, steps, make, {name: PARAMETERS[name] for name in ("wide", "tall", "bias")})


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0, "gap": 1000}
called = "StableSPAM(parameters, betas, eps, gamma1, gamma2, gamma3).step()"
clone.save(__file__, file, called, {"optimizer": "stable-spam", "cases": [
    case(591, {**adam, "clipDecay": 0.999, "normDecay": 0.7, "normSquareDecay": 0.9}, 8),
    case(592, {**adam, "clipDecay": 0.6, "normDecay": 0.5, "normSquareDecay": 0.8}, 6),
]})
