"""FLASC (arXiv 2406.05233): the entries of largest magnitude over all tensors, down of the values and up of the changes."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import Draw, listed, mean, save, two_rounds


def largest(tensors, density):
    flat = np.concatenate([t.ravel() for t in tensors.values()])
    kept = np.argsort(-np.abs(flat), kind="stable")[: max(1, round(density * flat.size))]
    cut = np.zeros_like(flat)
    cut[kept] = flat[kept]
    ends = np.cumsum([t.size for t in tensors.values()])
    parts = np.split(cut, ends[:-1])
    return {path: part.reshape(t.shape) for part, (path, t) in zip(parts, tensors.items())}, sorted(kept.tolist())


def packed(seed, density):
    tensors = Draw(seed).tensors()
    cut, places = largest(tensors, density)
    return listed({"density": density, "tensors": tensors, "cut": cut, "places": places})


def aggregate(messages, weights, tensors, kept):
    change = mean(messages, weights)
    return {path: tensors[path] + change[path] for path in tensors}, None, {}


save(__file__, cases=[two_rounds(14, aggregate)], packed=[packed(15, 0.25), packed(16, 0.01), packed(17, 0.6)])
