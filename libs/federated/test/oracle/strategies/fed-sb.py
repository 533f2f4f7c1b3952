"""
Fed-SB (arXiv 2502.15436): the mean of the cores R, weighted by examples. Gradients are sketched from both sides and restored as in
algorithm 4 of arXiv 1609.00048, by numpy's pseudo-inverse.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import EXAMPLES, Draw, listed, mean, save, shares

SHAPES = {"layer.lora_R": (2, 2), "head.kernel": (3, 2)}


def case(seed):
    draw = Draw(seed)
    made = {"config": {}, "examples": EXAMPLES, "tensors": listed(draw.tensors(SHAPES)), "rounds": []}
    for _ in range(2):
        messages = [draw.tensors(SHAPES) for _ in EXAMPLES]
        made["rounds"].append({"messages": listed(messages), "after": listed(mean(messages, shares(EXAMPLES)))})
    return made


def sketched(seed, rank):
    """A gradient of this rank and noise of a tenth, by four columns and nine rows."""
    draw = Draw(seed)
    gradient = draw(14, rank) @ draw(rank, 11) + 0.1 * draw(14, 11)
    right, left = draw(11, 4), draw(9, 14)
    across, along = gradient @ right, left @ gradient
    basis, _ = np.linalg.qr(across)
    return listed({"across": across, "along": along, "left": left, "restored": basis @ np.linalg.pinv(left @ basis) @ along})


save(__file__, of="lora-sb", method={"rank": 2}, cases=[case(51)], sketches=[sketched(52, 2), sketched(53, 8)])
