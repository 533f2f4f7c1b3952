"""LaMDA from the paper (arXiv 2406.12832) and the authors' random start, in torch float64: peft does not have it."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from core import core_case, freezing_schedule
from vector import save, source

SHAPES = {"first": (4, 3), "second": (3, 5)}

save(__file__, {
    "source": source("torch"),
    "cases": [
        core_case(271, {"rank": 3}, scale=1.0, spectral=False),
        core_case(272, {"rank": 2, "alpha": 3.0, "start": "spectral"}, scale=1.5, spectral=True, inputs=7, outputs=4),
    ],
    # All rows by the middle of the run, which lasts on; one row at a time until the end.
    "schedules": [
        freezing_schedule(273, {"rank": 3, "freeze": 0.5}, SHAPES, 12),
        freezing_schedule(274, {"rank": 2, "freeze": 1.0}, SHAPES, 5),
    ],
})
