"""
A linear layer whose products are torch's in bfloat16: input, kernel and gradient of the output are rounded to it, multiplied, and
what comes out is a float again; the bias is added in float32. Kernels are `[out, in]`, as they are stored.

How sums are rounded on the way depends on the order of adding. Products so near the middle of two numbers that the order may
decide are refused: choose another seed.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, save


def halves(x):
    return x.to(torch.bfloat16)


def certain(product, left, right):
    """A product in bfloat16, which is that of exact sums of the same operands, whatever their order."""
    exact = halves(left).double() @ halves(right).double()
    slack = 1e-7 * (halves(left).double().abs() @ halves(right).double().abs())
    assert (halves((exact - slack).float()) == halves((exact + slack).float())).all(), "a sum is too near a middle"
    assert (product == halves(exact.float())).all(), "torch adds otherwise"
    return product.float()


def case(seed, rows, inputs, out, with_bias):
    draw = Draw(seed)
    x, weight, dy = draw(rows, inputs).float(), draw(out, inputs, scale=0.2).float(), draw(rows, out).float()
    bias = draw(out).float() if with_bias else None
    y = certain(torch.nn.functional.linear(halves(x), halves(weight)), x, weight.T)
    leaf = halves(x).requires_grad_()
    torch.nn.functional.linear(leaf, halves(weight)).backward(halves(dy))
    made = {"x": x, "weight": weight, "dy": dy, "y": y if bias is None else y + bias, "dx": certain(leaf.grad, dy, weight)}
    return {name: value.tolist() for name, value in ({**made, "bias": bias} if with_bias else made).items()}


save(__file__, {
    "source": f"torch {torch.__version__.split('+')[0]}",
    # An odd count of numbers, whose last word is half empty, among them.
    "cases": [case(1, 5, 22, 6, True), case(2, 4, 32, 8, False), case(1, 3, 7, 5, True)],
})
