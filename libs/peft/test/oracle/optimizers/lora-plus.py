"""LoRA+ through peft.optimizers.create_loraplus_optimizer over torch.optim.AdamW."""
import sys
from pathlib import Path

import torch
from peft.optimizers import create_loraplus_optimizer

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import PARAMETERS, trajectory
from vector import save, source

# peft finds the output-side factor by its name.
parameters = {**PARAMETERS, "lora_B": ("lora_B", (4, 7))}


def loraplus(config, learning_rate):
    def make(values):
        model = torch.nn.Module()
        for name, value in values.items():
            model.register_parameter(name, torch.nn.Parameter(value))
        optimizer = create_loraplus_optimizer(
            model,
            torch.optim.AdamW,
            lr=learning_rate,
            loraplus_lr_ratio=config["ratio"],
            loraplus_weight_decay=config["weightDecay"],
            betas=(config["beta1"], config["beta2"]),
            eps=config["epsilon"],
        )

        def advance(gradients, _):
            for name, parameter in model.named_parameters():
                parameter.grad = gradients[name].clone()
            optimizer.step()

        return advance

    return make


def case(seed, config, learning_rate):
    return trajectory(seed, config, learning_rate, 4, loraplus(config, learning_rate), parameters)


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("peft"),
    "cases": [
        case(81, {"ratio": 16.0, **adam, "weightDecay": 0.0}, 0.01),
        case(82, {"ratio": 4.0, **adam, "weightDecay": 0.1}, 0.05),
    ],
})
