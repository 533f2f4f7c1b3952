"""Trimmed mean: numbers sorted over clients, as many cut at both ends, unweighted."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import save, two_rounds


def case(seed, cut, **more):
    def aggregate(messages, weights, tensors, kept):
        each = int(cut * len(messages))
        after = {}
        for path in tensors:
            ordered = np.sort(np.stack([m[path] for m in messages]), axis=0)
            after[path] = ordered[each : len(messages) - each].mean(axis=0)
        return after, None, {}

    return two_rounds(seed, aggregate, {"cut": cut}, **more)


save(__file__, cases=[case(18, 0.2), case(19, 0.0), case(20, 0.45, examples=[3, 4, 5, 6])])
