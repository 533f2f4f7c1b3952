"""Bone's mini form through peft.tuners.miss."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_miss import miss_case
from vector import save, source

save(__file__, {
    "source": source("peft"),
    # The rank divides the inputs, and does not.
    "cases": [
        miss_case(171, {"rank": 2, "columns": 3}, "mini", inputs=4, outputs=6),
        miss_case(172, {"rank": 3, "columns": 1}, "mini"),
    ],
})
