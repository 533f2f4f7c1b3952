"""Multi-Krum (Blanchard et al., NeurIPS 2017, section 4): sums of squared distances to the n - f - 2 nearest; the best are averaged."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import mean, save, two_rounds


def case(seed, attackers, keep, **more):
    def aggregate(messages, weights, tensors, kept):
        flat = np.stack([np.concatenate([t.ravel() for t in m.values()]) for m in messages])
        distances = ((flat[:, None] - flat[None]) ** 2).sum(axis=2)
        nearest = np.sort(distances, axis=1)[:, 1 : 1 + max(1, len(messages) - attackers - 2)]
        best = np.argsort(nearest.sum(axis=1), kind="stable")[:keep]
        total = weights[best].sum()
        return mean([messages[i] for i in best], weights[best] / total), None, {}

    return two_rounds(seed, aggregate, {"attackers": attackers, "keep": keep}, **more)


save(__file__, cases=[case(23, 1, 1), case(24, 1, 3), case(25, 2, 2, examples=[4, 4, 4, 9])])
