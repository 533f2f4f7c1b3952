"""LoRA through peft.tuners.lora."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from vector import save, source

save(__file__, {
    "source": source("peft"),
    "cases": [
        lora_case(1, {"rank": 3, "alpha": 8.0}, dropped=True, deterministic=["lora_B"]),
        lora_case(2, {"rank": 1, "alpha": 1.0}, deterministic=["lora_B"]),
    ],
})
