"""
LoRA-FAIR (arXiv 2411.14961) with least squares as its discrepancy: B = argmin |P - A B|^2 + lambda |B - mean B|^2, as one least squares
problem of stacked equations.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import RANK, mean, save, two_rounds


def case(seed, penalty):
    def aggregate(messages, weights, tensors, kept):
        average = mean(messages, weights)
        a = average["layer.lora_A"]
        product = sum(w * m["layer.lora_A"] @ m["layer.lora_B"] for w, m in zip(weights, messages))
        left = np.concatenate([a, np.sqrt(penalty) * np.eye(RANK)])
        right = np.concatenate([product, np.sqrt(penalty) * average["layer.lora_B"]])
        b = np.linalg.lstsq(left, right, rcond=None)[0]
        return {**average, "layer.lora_B": b}, None, {}

    return two_rounds(seed, aggregate, {"lambda": penalty})


save(__file__, cases=[case(12, 0.01), case(13, 2.0)])
