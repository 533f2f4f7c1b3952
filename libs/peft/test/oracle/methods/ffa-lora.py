"""FFA-LoRA (arXiv 2403.12313): peft's LoRA with A frozen."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from vector import save, source

save(__file__, {
    "source": source("peft"),
    "cases": [
        lora_case(171, {"rank": 3, "alpha": 8.0}, dropped=True, deterministic=["lora_B"], frozen=["lora_A"]),
        lora_case(172, {"rank": 1, "alpha": 1.0}, deterministic=["lora_B"], frozen=["lora_A"]),
    ],
})
