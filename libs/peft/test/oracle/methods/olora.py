"""OLoRA through peft.tuners.lora with init_lora_weights="olora"."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from vector import save, source


def diagonal(a, k):
    """The diagonal of R, whose transpose is A."""
    return a[k, k]


options = {"deterministic": ["lora_A", "lora_B"], "signs": diagonal, "init_lora_weights": "olora"}
save(__file__, {
    "source": source("peft"),
    "cases": [
        lora_case(9, {"rank": 3, "alpha": 3.0}, **options),
        lora_case(10, {"rank": 2, "alpha": 5.0}, **options),
    ],
})
