"""Bone through peft.tuners.miss."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_miss import miss_case
from vector import save, source

save(__file__, {
    "source": source("peft"),
    # The rank divides the inputs, and does not.
    "cases": [miss_case(121, {"rank": 2}, inputs=6, outputs=4), miss_case(122, {"rank": 3})],
})
