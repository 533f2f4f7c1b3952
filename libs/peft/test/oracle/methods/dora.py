"""DoRA through peft.tuners.lora with use_dora."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from vector import save, source

save(__file__, {
    "source": source("peft"),
    "cases": [
        lora_case(5, {"rank": 3, "alpha": 8.0}, dropped=True, deterministic=["lora_B", "lora_magnitude_vector"], use_dora=True),
        lora_case(6, {"rank": 1, "alpha": 1.0}, deterministic=["lora_B", "lora_magnitude_vector"], use_dora=True),
    ],
})
