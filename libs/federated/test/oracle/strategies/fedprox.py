"""FedProx (arXiv 1812.06127, equation 2): half of mu times the squared distance from the global model joins the client's loss."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from federation import Draw, listed, mean, save, two_rounds


def local(seed, mu, learning_rate=0.1, steps=3):
    draw = Draw(seed)
    received = draw.tensors()
    gradients = [draw.tensors() for _ in range(steps)]
    values = dict(received)
    for gradient in gradients:
        values = {path: w - learning_rate * (gradient[path] + mu * (w - received[path])) for path, w in values.items()}
    return listed({
        "config": {"mu": mu}, "received": received, "own": {}, "gradients": gradients, "learningRate": learning_rate,
        "trained": values, "sent": values,
    })


save(
    __file__,
    cases=[two_rounds(2, lambda messages, weights, tensors, kept: (mean(messages, weights), None, {}), {"mu": 0.1})],
    local=[local(3, 0.5), local(4, 0.0)],
)
