"""
What oracles of losses share: a loss of float64 outputs with its gradient by complex steps, which need no derivative of it, and
influences of units by differences of the weighted metric: unit u weighs 1 + h·n, all others 1.
"""
import numpy as np

H = 1e-6


def gradient(loss, outputs):
    """`loss` is analytic in `outputs`."""
    result = np.zeros(outputs.shape)
    for at in np.ndindex(outputs.shape):
        moved = outputs.astype(complex)
        moved[at] += 1e-200j
        result[at] = loss(moved).imag / 1e-200
    return result


def influences(metric, units):
    """`metric` takes the weights of the units."""
    steps = H * units * np.eye(units)
    return [(metric(1 + step) - metric(1 - step)) / (2 * H) for step in steps]


def exact(values):
    """What float32 holds of them, so that both sides start from the same numbers."""
    return np.asarray(values, np.float32).astype(float)
