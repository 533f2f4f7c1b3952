"""FLoRA (arXiv 2409.05976, section 3): stacked factors, shares on one of them alone, merged into the base."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import SCALE, mean, save, two_rounds


def aggregate(messages, weights, tensors, merged):
    a = np.concatenate([w * m["layer.lora_A"] for w, m in zip(weights, messages)], axis=1)
    b = np.concatenate([m["layer.lora_B"] for m in messages], axis=0)
    merged = SCALE * (a @ b) + (0 if merged is None else merged)
    head = mean([{"head.kernel": m["head.kernel"]} for m in messages], weights)
    sent = {"rest:head.kernel": head["head.kernel"], "stacked:layer.lora_A": SCALE * a, "stacked:layer.lora_B": b}
    return {**tensors, **head}, merged, {"kernels": {"layer": merged}, "download": sent}


save(__file__, cases=[two_rounds(9, aggregate)])
