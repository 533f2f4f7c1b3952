"""What the oracles of federated strategies share: messages of a few clients over two rounds, in numpy float64."""
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
RANK, INPUTS, OUTPUTS = 2, 5, 4
SHAPES = {"layer.lora_A": (INPUTS, RANK), "layer.lora_B": (RANK, OUTPUTS), "head.kernel": (3, 2)}
EXAMPLES = [16, 10, 6, 8, 5]
ALPHA = 6.0
SCALE = ALPHA / RANK


class Draw:
    """Normal numbers that float32 holds exactly."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def __call__(self, *shape):
        return self.generator.standard_normal(shape).astype(np.float32).astype(np.float64)

    def tensors(self, shapes=SHAPES):
        return {path: self(*shape) for path, shape in shapes.items()}


def shares(examples):
    return np.array(examples) / sum(examples)


def mean(messages, weights):
    return {path: sum(w * m[path] for w, m in zip(weights, messages)) for path in messages[0]}


def listed(value):
    if isinstance(value, dict):
        return {key: listed(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [listed(one) for one in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def two_rounds(seed, aggregate, config=None, examples=EXAMPLES):
    """
    One case: `aggregate(messages, weights, tensors, kept) -> (tensors, kept, more)`; `more` is what else is to be held to, such as
    the kernels that clients merge.
    """
    draw = Draw(seed)
    tensors = draw.tensors()
    case = {"config": config or {}, "examples": list(examples), "tensors": listed(tensors), "rounds": []}
    kept = None
    for _ in range(2):
        messages = [draw.tensors() for _ in examples]
        tensors, kept, more = aggregate(messages, shares(examples), tensors, kept)
        case["rounds"].append({"messages": listed(messages), "after": listed(tensors), **listed(more)})
    return case


def save(script, **vector):
    script = Path(script)
    path = HERE.parent / "vectors" / script.parent.name / f"{script.stem}.json"
    path.parent.mkdir(exist_ok=True)
    vector = {"source": f"numpy {np.__version__}, float64", "layer": {"in": INPUTS, "out": OUTPUTS}, "method": {"rank": RANK, "alpha": ALPHA}, **vector}
    path.write_text(json.dumps(vector, separators=(",", ":")) + "\n")
    print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size} bytes")
