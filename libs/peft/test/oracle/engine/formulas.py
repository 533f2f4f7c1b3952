"""Values and gradients of activations and norms over rows of an odd width, by torch in float64."""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parent.parent))
from vector import Draw, array, save, source  # noqa: E402

draw = Draw(7)
ROWS, WIDTH = 3, 53
# From where each is nought to where it is x itself.
x = draw(ROWS, WIDTH, scale=3.0)
up, dy = draw(ROWS, WIDTH), draw(ROWS, WIDTH)
gain, bias = draw(WIDTH), draw(WIDTH)
EPSILON = 1e-5


def case(compute, **inputs):
    leaves = {name: value.clone().requires_grad_(True) for name, value in inputs.items()}
    result = compute(**leaves)
    (result * dy).sum().backward()
    return {
        "inputs": {name: array(value) for name, value in inputs.items()},
        "value": array(result.detach()),
        "gradients": {name: array(leaf.grad) for name, leaf in leaves.items()},
    }


cases = {
    "gelu": case(lambda x: F.gelu(x), x=x),
    "geluTanh": case(lambda x: F.gelu(x, approximate="tanh"), x=x),
    "geluTanhGated": case(lambda gate, up: F.gelu(gate, approximate="tanh") * up, gate=x, up=up),
    "siluGated": case(lambda gate, up: F.silu(gate) * up, gate=x, up=up),
    "layerNorm": case(lambda x, gain, bias: F.layer_norm(x, [WIDTH], gain, bias, EPSILON), x=x, gain=gain, bias=bias),
    "rmsNorm": case(lambda x, gain: F.rms_norm(x, [WIDTH], gain, EPSILON), x=x, gain=gain),
}
save(__file__, {"source": source("torch"), "epsilon": EPSILON, "dy": array(dy), "cases": cases})
