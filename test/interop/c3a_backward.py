"""
Measures the backward pass of peft's C3A against finite differences of its forward pass, in float64. The gradient of the kernels is that
of the forward pass; that of the inputs is not: `fft(fft(dy)·ifft(w))` turns dy around, where the forward pass asks for `dy ⊛ w`.

Prints the largest error of each, relative to the largest entry, and ends with 1 once peft's gradient of the inputs is right.
"""
import importlib.metadata
import sys

import torch
from peft.tuners.c3a.utils import BlockCircularConvolution

OUT, IN, BLOCK, ROWS, STEP = 2, 3, 4, 5, 1e-6

generator = torch.Generator().manual_seed(0)
draw = lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=generator)
x, w, dy = draw(ROWS, IN * BLOCK), draw(OUT, IN, BLOCK), draw(ROWS, OUT * BLOCK)


def loss(x, w):
    return (BlockCircularConvolution.apply(x, w) * dy).sum()


def by_differences(function, at):
    gradient = torch.zeros_like(at)
    for place in range(at.numel()):
        step = torch.zeros_like(at).view(-1)
        step[place] = STEP
        step = step.view_as(at)
        gradient.view(-1)[place] = (function(at + step) - function(at - step)) / (2 * STEP)
    return gradient


def error(of, expected):
    return ((of - expected).abs().max() / expected.abs().max()).item()


inputs, kernels = x.clone().requires_grad_(), w.clone().requires_grad_()
loss(inputs, kernels).backward()
true_x, true_w = by_differences(lambda at: loss(at, w), x), by_differences(lambda at: loss(x, at), w)
# dx[n, j] = sum over m and k of dy[m, k] · w[m, n, (j − k) mod b]: what autograd would make of the forward pass.
places = (torch.arange(BLOCK)[:, None] - torch.arange(BLOCK)) % BLOCK
mended = torch.einsum("rmk,mnjk->rnj", dy.view(ROWS, OUT, BLOCK), w[:, :, places]).reshape(ROWS, -1)

print(f"peft {importlib.metadata.version('peft')}, torch {torch.__version__}, relative to finite differences in float64")
print(f"gradient of the kernels: {error(kernels.grad, true_w):.1e}")
print(f"gradient of the inputs:  {error(inputs.grad, true_x):.1e}")
print(f"dy ⊛ w in its place:     {error(mended, true_x):.1e}")
sys.exit(0 if error(inputs.grad, true_x) > 1e-3 else 1)
