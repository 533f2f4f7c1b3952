"""
FlexLoRA (arXiv 2402.11505): the truncated SVD of the mean update. Signs are free: the product is held to. The split of the singular
values is ours, their square roots on both sides: both factors have the same squared norm, the sum of the values.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import RANK, SCALE, mean, save, two_rounds


def aggregate(messages, weights, tensors, kept):
    update = SCALE * sum(w * m["layer.lora_A"] @ m["layer.lora_B"] for w, m in zip(weights, messages))
    u, s, vt = np.linalg.svd(update, full_matrices=False)
    best = (u[:, :RANK] * s[:RANK]) @ vt[:RANK]
    head = mean([{"head.kernel": m["head.kernel"]} for m in messages], weights)
    return {"head.kernel": head["head.kernel"]}, None, {
        "product": best, "error": float(np.sqrt((s[RANK:] ** 2).sum())), "norm": float(s[:RANK].sum() / SCALE),
    }


save(__file__, cases=[two_rounds(10, aggregate), two_rounds(11, aggregate, examples=[7, 3])])
