"""
LoRA-FA through peft.optimizers.LoraFAOptimizer. It has no bfloat16 for float64, so its correction is exact here. It adds
epsilon before the bias of the second moment is corrected: with the small one here that is below the tolerance.
"""
import sys
import warnings
from pathlib import Path

import torch
from peft.optimizers.lorafa import LoraFAOptimizer

sys.path.insert(0, str(Path(__file__).parents[1]))
from optimizer_vector import PARAMETERS, decays, trajectory
from vector import save, source

warnings.filterwarnings("ignore")
parameters = {
    **{name: entry for name, entry in PARAMETERS.items() if name != "adapter"},
    "first.lora_A": ("lora_A", (8, 4)),
    "first.lora_B": ("lora_B", (4, 7)),
    "second.lora_A": ("lora_A", (5, 2)),
    "second.lora_B": ("lora_B", (2, 3)),
}


def lorafa(config, learning_rate):
    def make(values):
        # torch's rows of lora_A [r, in] and lora_B [out, r] are columns here.
        turned = {name: torch.nn.Parameter(value.T.clone() if "lora" in name else value.clone()) for name, value in values.items()}
        for name, parameter in turned.items():
            parameter.requires_grad_("lora_A" not in name)
        group = {
            "params": list(turned.values()),
            "names": list(turned),
            "scaling_factors": [config["scaling"] if "lora" in name else None for name in turned],
        }
        betas = (config["beta1"], config["beta2"])
        optimizer = LoraFAOptimizer([group], lr=learning_rate, betas=betas, eps=config["epsilon"])

        def advance(gradients, _):
            with torch.no_grad():
                for name, parameter in turned.items():
                    if parameter.requires_grad:
                        parameter.grad = (gradients[name].T if "lora" in name else gradients[name]).clone()
                        # AdamW's decay, before the step: peft's own step does not look at the value.
                        if decays(parameter.shape):
                            parameter *= 1 - learning_rate * config["weightDecay"]
            optimizer.step()
            for name, value in values.items():
                value.copy_(turned[name].detach().T if "lora" in name else turned[name].detach())

        return advance

    return make


def case(seed, config, learning_rate):
    return trajectory(seed, config, learning_rate, 4, lorafa(config, learning_rate), parameters)


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
save(__file__, {
    "source": source("peft"),
    "cases": [
        case(271, {"scaling": 1.0, **adam, "weightDecay": 0.0}, 0.01),
        case(272, {"scaling": 2.0, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1}, 0.05),
    ],
})
