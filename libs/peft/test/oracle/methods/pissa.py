"""PiSSA through peft.tuners.lora with init_lora_weights="pissa"."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import largest, lora_case
from vector import save, source

options = {"deterministic": ["lora_A", "lora_B"], "signs": largest, "init_lora_weights": "pissa"}
save(__file__, {
    "source": source("peft"),
    "cases": [
        lora_case(7, {"rank": 3}, **options),
        lora_case(8, {"rank": 2, "alpha": 6.0}, **options),
    ],
})
