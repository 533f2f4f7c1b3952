"""ALLoRA (arXiv 2410.09692) over torch.optim.AdamW in float64: torch makes Adam's step, the factor is applied to it."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import PARAMETERS, decays, trajectory
from vector import save, source

parameters = {**PARAMETERS, "wide_B": ("lora_B", (4, 7)), "narrow_B": ("lora_B", (6, 3))}


def allora(config, parameters):
    def make(values):
        # Adam's step does not depend on where the parameter is: it is taken from parameters of its own.
        shadows = {name: torch.nn.Parameter(torch.zeros_like(value)) for name, value in values.items()}
        adam = torch.optim.AdamW(
            shadows.values(), lr=1.0, betas=(config["beta1"], config["beta2"]), eps=config["epsilon"], weight_decay=0.0
        )
        scaled = {"lora_B", "lora_A"} if config["applyToA"] else {"lora_B"}

        def advance(gradients, learning_rate):
            adam.param_groups[0]["lr"] = learning_rate
            before = {name: shadow.detach().clone() for name, shadow in shadows.items()}
            for name, shadow in shadows.items():
                shadow.grad = gradients[name].clone()
            adam.step()
            for name, value in values.items():
                step = shadows[name].detach() - before[name]
                if parameters[name][0] in scaled:
                    # torch's rows of lora_A [r, in] and lora_B [out, r] are columns here.
                    rows = value.T
                    step = (step.T / torch.sqrt(rows.norm(dim=1, keepdim=True) + 1 / config["eta"] ** 2)).T
                if decays(value.shape):
                    step = step - learning_rate * config["weightDecay"] * value
                values[name].copy_(value + step)

        return advance

    return make


def case(seed, config, learning_rate):
    return trajectory(seed, config, learning_rate, 4, allora(config, parameters), parameters)


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(241, {"eta": 2.0, "applyToA": False, **adam, "weightDecay": 0.0}, 0.01),
        case(242, {"eta": 5.0, "applyToA": True, **adam, "weightDecay": 0.1}, 0.05),
    ],
})
