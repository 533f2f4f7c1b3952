"""
SCAFFOLD (arXiv 1910.06378, algorithm 1) with plain SGD, all clients in every round: the client's control variate is that of option II,
c_i - c + (x - y) / (K eta). Examples weigh the clients in both means, where the paper weighs them alike.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import EXAMPLES, SHAPES, Draw, listed, mean, save, shares

ETA, STEPS = 0.1, 3


def trained(x, c, own, gradients):
    y = dict(x)
    for gradient in gradients:
        y = {path: y[path] - ETA * (gradient[path] - own[path] + c[path]) for path in y}
    return y, {path: own[path] - c[path] + (x[path] - y[path]) / (STEPS * ETA) for path in y}


def prefixed(model, control):
    return {**{f"model:{path}": t for path, t in model.items()}, **{f"control:{path}": t for path, t in control.items()}}


def zeros():
    return {path: np.zeros(shape) for path, shape in SHAPES.items()}


def case(seed):
    draw = Draw(seed)
    x, c = draw.tensors(), zeros()
    own = [zeros() for _ in EXAMPLES]
    made = {"config": {}, "examples": EXAMPLES, "tensors": listed(x), "rounds": []}
    for _ in range(2):
        messages, controls = [], []
        for control in own:
            y, after = trained(x, c, control, [draw.tensors() for _ in range(STEPS)])
            messages.append(prefixed(y, {path: after[path] - control[path] for path in after}))
            controls.append(after)
        own = controls
        x = mean([{path: m[f"model:{path}"] for path in x} for m in messages], shares(EXAMPLES))
        c = mean(own, shares(EXAMPLES))
        made["rounds"].append(listed({"messages": messages, "after": x, "kept": {f"control:{path}": t for path, t in c.items()}}))
    return made


def local(seed):
    draw = Draw(seed)
    x, c, own = draw.tensors(), draw.tensors(), draw.tensors()
    gradients = [draw.tensors() for _ in range(STEPS)]
    y, after = trained(x, c, own, gradients)
    return listed({
        "config": {}, "received": prefixed(x, c), "own": {f"control:{path}": t for path, t in own.items()},
        "gradients": gradients, "learningRate": ETA, "trained": y,
        "sent": prefixed(y, {path: after[path] - own[path] for path in after}),
    })


save(__file__, cases=[case(7)], local=[local(8)])
