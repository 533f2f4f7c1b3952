"""
What oracles of choices of examples share: OT-MIX, whose candidates are of six modes and whose targets of three of them, with one
direction eight times as long; features and layers of the authors' code of TAROT (github.com/vita-epfl/TAROT, data_selector.py);
and transport by Sinkhorn's iterations in float64, beside the exact one by scipy's assignment where both sides are alike many.
"""
import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment

ENTROPY = 0.05
SOURCE = f"numpy {np.__version__}, scipy {scipy.__version__}, float64"


def mixture(seed, candidates=600, targets=60, width=16):
    rng = np.random.default_rng(seed)
    modes = rng.normal(size=(6, width))
    modes /= np.linalg.norm(modes, axis=1, keepdims=True)
    scale = np.ones(width)
    scale[0] = 8.0
    drawn = lambda labels: np.round((modes[labels] * 2 + 0.35 * rng.normal(size=(len(labels), width))) * scale, 2)
    of_targets = rng.choice(3, targets, p=[0.7, 0.2, 0.1])
    target_rows = drawn(of_targets)
    of_candidates = rng.integers(6, size=candidates)
    return drawn(of_candidates), target_rows, of_candidates


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def centred(candidates, targets):
    mean = np.concatenate([candidates, targets]).mean(0)
    return candidates - mean, targets - mean


def whitened(candidates, targets):
    candidates, targets = centred(candidates, targets)
    both = np.concatenate([candidates, targets])
    covariance = both.T @ both / len(both)
    covariance += 1e-5 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    lower = np.linalg.cholesky(covariance)
    return unit(candidates @ np.linalg.inv(lower).T), unit(targets @ np.linalg.inv(lower).T)


def distances(x, y):
    return np.sqrt(np.maximum(2 - 2 * x @ y.T, 0))


def transport(cost, rounds=3000):
    """Cost without its entropy, and the potentials of rows."""
    rows, columns = np.zeros(cost.shape[0]), np.zeros(cost.shape[1])
    for _ in range(rounds):
        rows = -ENTROPY * (scipy.special.logsumexp((columns - cost) / ENTROPY, axis=1) - np.log(len(columns)))
        columns = -ENTROPY * (scipy.special.logsumexp((rows[:, None] - cost) / ENTROPY, axis=0) - np.log(len(rows)))
    plan = np.exp((rows[:, None] + columns - cost) / ENTROPY) / cost.size
    return float((plan * cost).sum()), rows


def exact(cost):
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].mean())


def layers(candidates, targets, count, largest=False):
    """`fixed_size`; of the last layer those of the smallest potential, or of the largest, as the code has it."""
    cost = distances(candidates, targets)
    order = np.argsort(cost, axis=0, kind="stable")
    chosen = set()
    for row in order:
        layer = np.setdiff1d(row, list(chosen))
        room = count - len(chosen)
        if len(layer) > room:
            potentials = transport(cost[layer])[1]
            layer = layer[np.argsort(-potentials if largest else potentials, kind="stable")[:room]]
        chosen |= set(layer.tolist())
        if len(chosen) == count:
            return sorted(chosen)


def nearest_on_average(candidates, targets, count):
    return sorted(np.argsort(-(candidates @ targets.T).mean(1), kind="stable")[:count].tolist())


def vector(choose, config=None, large=False):
    """
    choose(candidates, targets, count) of gradients as they come
    large: OT-MIX as a whole, of one seed
    """
    sizes = [(90, 12, 9), (60, 20, 20), (40, 8, 40)] + ([(600, 60, 60)] if large else [])
    cases = []
    for seed, (candidates, targets, count) in enumerate(sizes):
        rows, wanted, _ = mixture(seed, candidates, targets, 16 if large and candidates == 600 else 6)
        chosen = choose(rows, wanted, count)
        cost = distances(*(lambda c, t: (c[chosen], t))(*whitened(rows, wanted)))
        cases.append(
            {
                "name": f"{count} of {candidates} for {targets}",
                "config": config or {},
                "candidates": rows.tolist(),
                "targets": wanted.tolist(),
                "count": count,
                "chosen": chosen,
                "cost": transport(cost)[0],
                **({"exact": exact(cost)} if count == targets else {}),
            }
        )
    return {"source": SOURCE, "selections": cases}


def board():
    """Transport cost, share of chosen examples that are of the target's modes, and modes of the target that are covered; five seeds."""
    ways = {
        "random": lambda c, t, n, rng: rng.choice(len(c), n, replace=False),
        "mean similarity": lambda c, t, n, rng: nearest_on_average(*whitened(c, t), n),
        "tarot": lambda c, t, n, rng: layers(*whitened(c, t), n),
        "tarot, last layer by the largest potential": lambda c, t, n, rng: layers(*whitened(c, t), n, largest=True),
        "tarot unwhitened": lambda c, t, n, rng: layers(*map(unit, centred(c, t)), n),
    }
    for name, way in ways.items():
        found = []
        for seed in range(5):
            candidates, targets, modes = mixture(seed)
            chosen = way(candidates, targets, 60, np.random.default_rng(100 + seed))
            c, t = whitened(candidates, targets)
            shares = np.bincount(modes[chosen], minlength=6) / 60
            found.append((transport(distances(c[chosen], t))[0], shares[:3].sum(), (shares[:3] > 0.02).sum()))
        cost, on_target, covered = np.mean(found, axis=0)
        print(f"{name}: transport {cost:.3f}, on target {on_target:.2f}, modes covered {covered:.1f} of 3")
