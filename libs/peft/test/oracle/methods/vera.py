"""VeRA through peft.tuners.vera."""
import sys
from pathlib import Path

from peft import VeraConfig

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_vera import shared_projections
from vector import run, save, source


def case(seed, config, **size):
    p, model, trained, frozen, initial, effective = shared_projections(seed, config, VeraConfig, "vera", **size)
    return run(p, model, trained, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(101, {"rank": 3, "initialScale": 0.1}),
        case(102, {"rank": 6, "initialScale": 0.5}, inputs=7, outputs=4),
    ],
})
