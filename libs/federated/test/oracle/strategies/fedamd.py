"""
FedAMD (arXiv 2206.05891, algorithm 1) with plain SGD: anchors send a gradient, miners move along the mean of all anchors and correct it by
how their own gradient changes on the same examples. Gradients here are linear in the values, one matrix for each batch.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from federation import EXAMPLES, Draw, listed, mean, save, shares

ETA, STEPS, SERVER = 0.1, 3, 0.7


def under(prefix, tensors):
    return {f"{prefix}{path}": t for path, t in tensors.items()}


def case(seed, roles):
    """`roles`: of each round, which clients are anchors."""
    draw = Draw(seed)
    x = draw.tensors()
    anchors = {}
    made = {"config": {"serverLearningRate": SERVER}, "examples": EXAMPLES, "tensors": listed(x), "rounds": []}
    weights = shares(EXAMPLES)
    for anchoring in roles:
        sent = [draw.tensors() for _ in EXAMPLES]
        messages = [under("gradient:" if k in anchoring else "change:", t) for k, t in enumerate(sent)]
        for k in anchoring:
            anchors[k] = sent[k]
        miners = [k for k in range(len(EXAMPLES)) if k not in anchoring]
        if miners:
            change = mean([sent[k] for k in miners], weights[miners] / weights[miners].sum())
            x = {path: x[path] + SERVER * change[path] for path in x}
        known = sorted(anchors)
        g = mean([anchors[k] for k in known], weights[known] / weights[known].sum())
        made["rounds"].append(listed({
            "messages": messages, "after": x, "roles": ["anchor" if k in anchoring else "miner" for k in range(len(EXAMPLES))],
            "download": {**under("model:", x), **under("gradient:", g)},
        }))
    return made


def miner(seed):
    draw = Draw(seed)
    x, g = draw.tensors(), draw.tensors()
    slopes = [draw.tensors() for _ in range(STEPS)]
    gradient = lambda values, k: {path: slopes[k][path] * values[path] for path in values}
    y, before, estimate = dict(x), dict(x), dict(g)
    for k in range(STEPS):
        now, then = gradient(y, k), gradient(before, k)
        estimate = {path: estimate[path] - then[path] + now[path] for path in y}
        before, y = y, {path: y[path] - ETA * estimate[path] for path in y}
    return listed({
        "config": {}, "role": "miner", "received": {**under("model:", x), **under("gradient:", g)}, "own": {}, "slopes": slopes,
        "gradients": slopes, "learningRate": ETA, "trained": y, "sent": under("change:", {path: y[path] - x[path] for path in y}),
    })


def anchor(seed):
    draw = Draw(seed)
    x, gradient = draw.tensors(), draw.tensors()
    return listed({
        "config": {}, "role": "anchor", "received": under("model:", x), "own": {}, "gradients": [gradient], "learningRate": ETA,
        "trained": x, "sent": under("gradient:", gradient),
    })


save(__file__, cases=[case(41, [[0, 1, 2, 3, 4], [1, 3], [0]])], local=[miner(42), anchor(43)])
