"""PVeRA through peft.tuners.pvera: in evaluation with means alone, in training with the normal numbers that are given."""
import sys
from pathlib import Path

import torch
from peft import PveraConfig

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_vera import shared_projections
from vector import array, run, save, source, training


def case(seed, config, **size):
    p, model, trained, frozen, initial, effective = shared_projections(seed, config, PveraConfig, "pvera", **size)
    normals = p.draw(p.x.shape[0], config["rank"])
    randn_like, torch.randn_like = torch.randn_like, lambda std: normals
    step = training(p, model.train(), trained, {"normals": array(normals)})
    torch.randn_like = randn_like
    return {**run(p, model.eval(), trained, frozen, effective, config, initial=initial), "training": [step]}


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(371, {"rank": 3, "initialScale": 0.1}),
        case(372, {"rank": 5, "initialScale": 0.5}, inputs=7, outputs=4),
    ],
})
