"""How often boards of equal methods are split by ways to know the variance between seeds that were not chosen (decision 8).

    pip install numpy==2.4.6 scipy==1.17.1
    python libs/stats/test/oracle/candidates.py

Twelve methods, three seeds, no error of examples, Holm at 5 %. Shares no code with the board; `npm run bench -- false-splits`
judges what is used.
"""

import numpy as np
from scipy import special, stats
from scipy.optimize import brentq

METHODS, SEEDS, BOARDS = 12, 3, 1000
D = SEEDS - 1
PAIRS = np.triu_indices(METHODS, 1)
GRID = np.geomspace(0.25, 512, 23)[:, None]


def fit(v):
    """Likeliest d0 and s0² of v ~ s0² F(D, d0), over a grid of d0; the scale by a fixed point."""
    s = np.full_like(GRID, np.exp(np.log(v).mean()))
    for _ in range(60):
        s = np.mean((D + GRID) * v * s / (GRID * s + D * v), axis=1, keepdims=True)
    constant = special.gammaln((D + GRID) / 2) - special.gammaln(GRID / 2) - D / 2 * np.log(GRID * s / 2)
    heights = np.sum(constant - (D + GRID) / 2 * np.log1p(D * v / (GRID * s)), axis=1)
    best = heights.argmax()
    if np.sum(-D / 2 * np.log(v.mean()) - D * v / (2 * v.mean())) >= heights[best]:
        return np.inf, v.mean()
    return GRID[best, 0], s[best, 0]


def moments(v):
    """Smyth's d0 and s0² from the mean and variance of log v."""
    e = np.log(v) - special.digamma(D / 2) + np.log(D / 2)
    excess = e.var(ddof=1) - special.polygamma(1, D / 2)
    if excess <= 0:
        return np.inf, v.mean()
    d0 = 2 * brentq(lambda x: special.polygamma(1, x) - excess, 1e-3, 1e6)
    return d0, np.exp(e.mean() + special.digamma(d0 / 2) - np.log(d0 / 2))


def shrink(v, d0, s0):
    return np.full_like(v, s0) if np.isinf(d0) else (d0 * s0 + D * v) / (d0 + D)


def weighted(rows, prior=fit):
    """Variance of each method around a seed effect weighted by the inverse of moderated variances."""
    centred = rows - rows.mean(1, keepdims=True)
    w = np.full(METHODS, 1 / METHODS)
    for _ in range(6):
        v = ((centred - w @ centred) ** 2).sum(1) / D / (1 - w)
        inverse = 1 / shrink(v, *prior(v))
        w = np.minimum(0.5, inverse / inverse.sum())
    return v


def split(rows, variances, dofs):
    """Whether Holm's first step rejects; variances of differences and degrees of freedom by pair."""
    means = rows.mean(1)
    t = np.abs(means[PAIRS[0]] - means[PAIRS[1]]) / np.sqrt(variances / SEEDS)
    return np.any(t > stats.t.isf(0.025 / len(t), np.minimum(dofs, 1e6)))


def of_methods(rows, moderated, dof):
    return split(rows, moderated[PAIRS[0]] + moderated[PAIRS[1]], min(dof, (METHODS - 1) * D))


def likelihood(rows):
    v = weighted(rows)
    d0, s0 = fit(v)
    return of_methods(rows, shrink(v, d0, s0), d0 + D)


def by_moments(rows):
    v = weighted(rows)
    d0, s0 = moments(v)
    return of_methods(rows, shrink(v, d0, s0), d0 + D)


def of_pairs(rows):
    a = (rows[PAIRS[0]] - rows[PAIRS[1]]).var(1, ddof=1)
    d0, s0 = fit(a)
    return split(rows, shrink(a, d0, s0), min(d0 + D, (METHODS - 1) * D))


def outliers_first(rows):
    """Largest variances that an F test (Bonferroni) finds too large for the rest keep their own; the rest is moderated."""
    v = weighted(rows)
    out = np.zeros(METHODS, bool)
    for m in np.argsort(-v)[: METHODS // 3]:
        others = (~out).sum() - 1
        rest = (v[~out].sum() - v[m]) / others
        if stats.f.sf(v[m] / rest, D, D * others) * (others + 1) >= 0.05:
            break
        out[m] = True
    d0, s0 = fit(v[~out])
    moderated = np.where(out, v, shrink(v, d0, s0))
    dof = np.where(out, D, min(d0 + D, (~out).sum() * D))
    a, b = moderated[PAIRS[0]], moderated[PAIRS[1]]
    # Each method's t, weighted by its variance to the power of 1.4, as the board does with parts of a variance.
    levels = stats.t.isf(0.025 / len(PAIRS[0]), dof)
    critical = (a**1.4 * levels[PAIRS[0]] + b**1.4 * levels[PAIRS[1]]) / (a**1.4 + b**1.4)
    means = rows.mean(1)
    return np.any(np.abs(means[PAIRS[0]] - means[PAIRS[1]]) > critical * np.sqrt((a + b) / SEEDS))


CANDIDATES = {
    "moderated by likelihood": likelihood,
    "moderated by moments": by_moments,
    "pairs moderated": of_pairs,
    "outliers first": outliers_first,
}
BOARDS_OF = {
    "alike": np.full(METHODS, 0.03),
    "one × 10": np.where(np.arange(METHODS) < 1, 0.3, 0.03),
    "two × 10": np.where(np.arange(METHODS) < 2, 0.3, 0.03),
    "four × 10": np.where(np.arange(METHODS) < 4, 0.3, 0.03),
}

print("boards of twelve equal methods that are split, in %")
print("| variances | " + " | ".join(BOARDS_OF) + " |")
for name, procedure in CANDIDATES.items():
    cells = []
    for deviations in BOARDS_OF.values():
        rng = np.random.default_rng(1)
        rows = rng.normal(size=(BOARDS, METHODS, SEEDS)) * deviations[:, None]
        cells.append(f"{100 * np.mean([procedure(one) for one in rows]):.1f}")
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
