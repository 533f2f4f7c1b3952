"""Values and gradients of attention under every mask, by torch in float64: which keys a query sees is written out for each pair."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
from vector import Draw, array, save, source  # noqa: E402

draw = Draw(11)
BATCH, WIDTH = 2, 5


def heads(x, count):
    """[batch · rows, count · width] to [batch, count, rows, width]"""
    return x.reshape(BATCH, -1, count, WIDTH).transpose(1, 2)


def case(shape, sees, before=0):
    """`sees(example, query, key)` of keys counted from the first one on, those before the queries' own among them."""
    rows, count = shape["sequence"], shape["heads"]
    key_count, keys = shape.get("keyHeads", count), rows + before
    inputs = {
        "query": draw(BATCH * rows, count * WIDTH),
        "key": draw(BATCH * keys, key_count * WIDTH),
        "value": draw(BATCH * keys, key_count * WIDTH),
    }
    dy = draw(BATCH * rows, count * WIDTH)
    leaves = {name: value.clone().requires_grad_(True) for name, value in inputs.items()}
    q = heads(leaves["query"], count)
    k, v = (heads(leaves[name], key_count).repeat_interleave(count // key_count, 1) for name in ("key", "value"))
    scores = (q @ k.transpose(-1, -2)) * shape.get("scale", WIDTH**-0.5)
    if "softCap" in shape:
        scores = shape["softCap"] * torch.tanh(scores / shape["softCap"])
    seen = torch.tensor([[[sees(b, i, j) for j in range(keys)] for i in range(rows)] for b in range(BATCH)])
    weights = scores.masked_fill(~seen[:, None], -torch.inf).softmax(-1)
    result = (weights @ v).transpose(1, 2).reshape(BATCH * rows, count * WIDTH)
    (result * dy).sum().backward()
    return {
        "shape": {**shape, "batch": BATCH},
        "inputs": {name: array(value) for name, value in inputs.items()},
        "dy": array(dy),
        "value": array(result.detach()),
        "gradients": {name: array(leaf.grad) for name, leaf in leaves.items()},
    }


def padded(*parts, before=0):
    """Keys before are seen by all, and of each part (first, lengths of the examples) so many."""

    def sees(example, _, key):
        at = key - before
        return at < 0 or any(first <= at < first + lengths[example] for first, lengths in parts)

    return sees


def part(first, count, lengths):
    return {"first": first, "count": count, "lengths": lengths}


cases = {
    "causal": case({"sequence": 7, "heads": 2, "mask": "causal"}, lambda _, i, j: j <= i),
    "without a mask": case({"sequence": 7, "heads": 2, "mask": "none"}, lambda *_: True),
    "with padding": case({"sequence": 7, "heads": 2, "mask": [part(0, 7, [7, 3])]}, padded((0, [7, 3]))),
    "of two parts with padding": case(
        {"sequence": 7, "heads": 2, "mask": [part(0, 3, [2, 3]), part(3, 4, [4, 1])]},
        padded((0, [2, 3]), (3, [4, 1])),
    ),
    "of heads that share keys": case({"sequence": 7, "heads": 4, "keyHeads": 2, "mask": "causal"}, lambda _, i, j: j <= i),
    "in a window": case({"sequence": 7, "heads": 2, "mask": "causal", "window": 3}, lambda _, i, j: i - 3 < j <= i),
    "of bent scores": case(
        {"sequence": 7, "heads": 4, "keyHeads": 1, "mask": "causal", "softCap": 1.5, "scale": 1.7}, lambda _, i, j: j <= i
    ),
    "after a prefix, in a window": case(
        {"sequence": 6, "heads": 2, "mask": "causal", "window": 2}, lambda _, i, j: j < 2 or i - 2 < j - 2 <= i, before=2
    ),
    "after a prefix, with padding": case(
        {"sequence": 6, "heads": 2, "mask": [part(0, 6, [4, 6])]}, padded((0, [4, 6]), before=2), before=2
    ),
    # One prefix row, four earlier tokens, of which a window of three reaches two.
    "of a token after earlier ones": case(
        {"sequence": 1, "heads": 4, "keyHeads": 2, "mask": "causal", "window": 3, "earlier": 4},
        lambda _, i, j: j < 1 or j > 2,
        before=5,
    ),
}
save(__file__, {"source": source("torch"), "cases": cases})
