"""
State in codes of 8 and 4 bits, in numpy float64, from arXiv 2110.02861 and the construction of bitsandbytes' dynamic map
(create_dynamic_map), and from arXiv 2407.08296.

Codes jump where a value lies in the middle of two. Values so near a middle that float32 may fall on its other side are
refused: choose another seed.
"""
import numpy as np
import torch

from optimizer_vector import Adam

MARGIN = 2e-6


def dynamic_map(signed):
    """For i = 0 to 6: means of neighbours of linspace(0.1, 1, 2^i + 1), twice as many unsigned, times 10^(i - 6)."""
    values = [0.0, 1.0]
    for i in range(7):
        boundaries = np.linspace(0.1, 1, (2**i if signed else 2 ** (i + 1)) + 1)
        means = (boundaries[:-1] + boundaries[1:]) / 2 * 10.0 ** (i - 6)
        values += list(means) + (list(-means) if signed else [])
    assert len(set(values)) == 256
    return np.sort(np.array(values))


MAPS = {signed: dynamic_map(signed) for signed in (True, False)}


def blockwise(value, signed, block):
    """What is left of a tensor after it was kept: argmin over the map, block by block."""
    flat, out = value.numpy().ravel(), np.zeros(value.numel())
    for begin in range(0, flat.size, block):
        part = flat[begin : begin + block]
        largest = np.abs(part).max()
        if largest == 0:
            continue
        distances = np.abs(MAPS[signed][None] - (part / largest)[:, None])
        nearest, second = np.sort(distances, axis=1)[:, :2].T
        assert (second - nearest > MARGIN * nearest.clip(1e-3)).all(), "a value is too near the middle of two codes"
        out[begin : begin + block] = MAPS[signed][distances.argmin(axis=1)] * largest
    return torch.tensor(out.reshape(value.shape))


def groupwise4(value, group):
    """round(x / scale) + zero in 0 to 15, scale = (max - min) / 15 and zero = -round(min / scale) of each group."""
    flat, out = value.numpy().ravel(), np.zeros(value.numel())
    for begin in range(0, flat.size, group):
        part = flat[begin : begin + group]
        scale = max(part.max() - part.min(), 1e-5) / 15
        for quotient in [*(part / scale)]:
            assert abs(abs(quotient - np.floor(quotient)) - 0.5) > MARGIN, "a value is too near the middle of two codes"
        zero = np.clip(-np.round(part.min() / scale), 0, 15)
        codes = np.clip(np.round(part / scale) + zero, 0, 15)
        out[begin : begin + group] = scale * (codes - zero)
    return torch.tensor(out.reshape(value.shape))


def stochastic8(value, group, draws):
    """min + scale · floor((x - min) / scale + u), scale = (max - min) / 255 of each group."""
    flat, out = value.numpy().ravel(), np.zeros(value.numel())
    for begin in range(0, flat.size, group):
        part, u = flat[begin : begin + group], draws[begin : begin + group]
        scale = (part.max() - part.min()) / 255
        steps = (part - part.min()) / scale + u
        inner = (part > part.min()) & (part < part.max())
        assert (np.abs(steps - np.round(steps))[inner] > 1e-3).all(), "a value is too near where chance decides"
        out[begin : begin + group] = part.min() + scale * np.minimum(255, np.floor(steps))
    return torch.tensor(out.reshape(value.shape))


class Adam8bit(Adam):
    """Adam whose moments are codes between steps, but for small tensors and the embedding."""

    def direction(self, name, gradient, step):
        made = super().direction(name, gradient, step)
        m, v = self.moments[name]
        if gradient.numel() >= self.config["minSize"] and name != "embedding":
            block = self.config["blockSize"]
            self.moments[name] = blockwise(m, True, block), blockwise(v, False, block)
        return made

    def __init__(self, config):
        super().__init__(config)
        self.config = config
