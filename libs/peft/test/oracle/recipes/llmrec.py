"""
BPR over interactions and added edges, of which those of the largest loss are pruned: the smallest losses are kept, as LLMRec means it (Wei et al.
2024, arXiv 2311.00423, section 3.3.2), from the formula. An edge weighs `weight`, and the mean is over the weights that are left.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from losses import exact, gradient  # noqa: E402
from vector import save  # noqa: E402


def mean_loss(vectors, made, prune, weight):
    user, item, other = vectors[0::3], vectors[1::3], vectors[2::3]
    losses = np.log(1 + np.exp((user * other).sum(axis=1) - (user * item).sum(axis=1)))
    edges = [unit for unit in range(len(made)) if made[unit]]
    kept = sorted(edges, key=lambda unit: losses[unit].real)[: len(edges) - int(prune * len(edges))]
    weights = np.array([1.0 if not made[unit] else weight if unit in kept else 0.0 for unit in range(len(made))])
    return (weights * losses).sum() / weights.sum()


def case(name, rng, made, prune, weight):
    vectors = exact(rng.normal(0, 1, (3 * len(made), 4)))
    loss = lambda moved: mean_loss(moved, made, prune, weight)  # noqa: E731
    return {
        "name": name,
        "config": {"prune": prune, "weight": weight},
        "outputs": vectors.flatten().tolist(),
        "groups": [3] * len(made),
        "made": made,
        "loss": float(loss(vectors)),
        "gradient": gradient(loss, vectors).flatten().tolist(),
    }


rng = np.random.default_rng(71)
save(
    __file__,
    {
        "source": f"numpy {np.__version__}, float64",
        "embedded": [
            case("no edge was added", rng, [0, 0, 0], 0.5, 1.0),
            case("nothing is pruned", rng, [0, 1, 0, 1, 1], 0.0, 1.0),
            case("half of five edges are pruned", rng, [1, 0, 1, 1, 0, 1, 1, 0], 0.5, 1.0),
            case("edges that weigh less, most of them pruned", rng, [1] * 7 + [0] * 4, 0.8, 0.25),
        ],
    },
)
