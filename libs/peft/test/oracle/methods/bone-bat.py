"""Block-affine transformation through peft.tuners.miss."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_miss import miss_case
from vector import save, source

save(__file__, {
    "source": source("peft"),
    "cases": [
        miss_case(181, {"rank": 2}, "bat", inputs=4, outputs=6),
        miss_case(182, {"rank": 3}, "bat", inputs=6, outputs=3),
    ],
})
