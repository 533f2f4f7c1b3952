"""FedAvgM (arXiv 1909.06335, section 4): v <- beta v + (w - mean), w <- w - eta v."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from federation import mean, save, two_rounds


def case(seed, beta, eta):
    def aggregate(messages, weights, tensors, velocity):
        average = mean(messages, weights)
        change = {path: tensors[path] - average[path] for path in tensors}
        velocity = {path: change[path] + (beta * velocity[path] if velocity else 0) for path in tensors}
        return {path: tensors[path] - eta * velocity[path] for path in tensors}, velocity, {}

    return two_rounds(seed, aggregate, {"momentum": beta, "serverLearningRate": eta})


save(__file__, cases=[case(5, 0.9, 1.0), case(6, 0.5, 0.3)])
