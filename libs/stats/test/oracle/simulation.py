"""Measures by simulation what docs/statistics.md claims, independently of the TypeScript code.

    pip install numpy==2.4.6 scipy==1.17.1
    python libs/stats/test/oracle/simulation.py

Prints two tables: how often a 95 % interval holds the true mean, and how often a board of equally good methods calls at
least two of them different (Holm, 5 %), with the variance between seeds taken from each pair alone and pooled.
"""

import numpy as np
from scipy import stats

rng = np.random.default_rng(11)

# Standard deviations between seeds, between examples, and of the rest.
MIXES = {
    "examples only": (0.0, 1.0, 0.3),
    "seeds 5 % of examples": (0.05, 1.0, 0.3),
    "seeds 30 % of examples": (0.3, 1.0, 0.5),
    "seeds as much as examples": (1.0, 1.0, 1.0),
    "rest only": (0.0, 0.0, 1.0),
}


def mean_squares(y):
    """y [replications, seeds, examples]"""
    _, seeds, examples = y.shape
    mean, rows, columns = y.mean((1, 2)), y.mean(2), y.mean(1)
    rest = y - rows[:, :, None] - columns[:, None, :] + mean[:, None, None]
    a = examples * rows.var(1, ddof=1)
    b = seeds * columns.var(1, ddof=1)
    e = (rest**2).sum((1, 2)) / ((seeds - 1) * (examples - 1))
    return mean, a, b, e


def split_variance(a, b, e, seeds, examples):
    return a / (seeds * examples), np.maximum(b - e, 0) / (seeds * examples)


def critical(shares, dof_a, dof_b, tail, power=1.4):
    """t of each part, weighted by a power of its share of the variance; the power 1 is Cochran's."""
    of_a, of_b = shares**power, (1 - shares) ** power
    return (of_a * stats.t.isf(tail, dof_a) + of_b * stats.t.isf(tail, dof_b)) / (of_a + of_b)


def satterthwaite(a, b, e, dof_a, seeds, examples):
    dof_b, dof_e = examples - 1, (seeds - 1) * (examples - 1)
    dof = (a + b - e) ** 2 / (a**2 / dof_a + b**2 / dof_b + e**2 / dof_e)
    return np.maximum(dof, min(dof_a, dof_b))


def p_value(mean, a, b, e, dof_a, seeds, examples):
    """The level at which the interval just reaches 0, by bisection on its logarithm."""
    of_seeds, of_examples = split_variance(a, b, e, seeds, examples)
    total = of_seeds + of_examples
    t, shares = np.abs(mean) / np.sqrt(total), of_seeds / total
    low, high = np.full_like(t, np.log(1e-40)), np.full_like(t, np.log(0.5))
    for _ in range(40):
        middle = (low + high) / 2
        beyond = critical(shares, dof_a, examples - 1, np.exp(middle)) > t
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    return 2 * np.exp(high)


def coverage(seeds, examples, mix, replications=20_000):
    seed_sd, example_sd, rest_sd = mix
    y = (
        rng.normal(size=(replications, seeds, 1)) * seed_sd
        + rng.normal(size=(replications, 1, examples)) * example_sd
        + rng.normal(size=(replications, seeds, examples)) * rest_sd
    )
    mean, a, b, e = mean_squares(y)
    of_seeds, of_examples = split_variance(a, b, e, seeds, examples)
    total = of_seeds + of_examples
    t = np.abs(mean) / np.sqrt(total)
    single = stats.t.isf(0.025, satterthwaite(a, b, e, seeds - 1, seeds, examples))
    weighted = (critical(of_seeds / total, seeds - 1, examples - 1, 0.025, power) for power in (1, 1.4))
    return [np.mean(t <= bound) for bound in (single, *weighted)]


def split_share(methods, seeds, examples, seed_sds, replications=1000):
    """Example effects that all methods share cancel; each method has its own of deviation 0.3, and a rest of 0.3."""
    y = (
        rng.normal(size=(methods, replications, seeds, 1)) * np.asarray(seed_sds)[:, None, None, None]
        + rng.normal(size=(methods, replications, 1, examples)) * 0.3
        + rng.normal(size=(methods, replications, seeds, examples)) * 0.3
    )
    pairs = [mean_squares(y[i] - y[j]) for i in range(methods) for j in range(i)]
    pooled = np.mean([a for _, a, _, _ in pairs], axis=0)

    def any_different(p):
        return np.mean(np.min(p, axis=0) * len(pairs) <= 0.05)

    def p(mean, a, b, e, dof_a):
        return p_value(mean, a, b, e, dof_a, seeds, examples)

    alone = any_different([p(m, a, b, e, seeds - 1) for m, a, b, e in pairs])
    dof = (methods - 1) * (seeds - 1)
    shared = any_different([p(m, np.maximum(a, pooled), b, e, dof) for m, a, b, e in pairs])
    return alone, shared


print("coverage of the 95 % interval, in %: one number of degrees of freedom (Satterthwaite) / Cochran / the board")
print("| seeds | examples | " + " | ".join(MIXES) + " |")
for seeds, examples in ((2, 100), (3, 100), (3, 400), (5, 100), (10, 100)):
    cells = [" / ".join(f"{100 * share:.1f}" for share in coverage(seeds, examples, mix)) for mix in MIXES.values()]
    print(f"| {seeds} | {examples} | " + " | ".join(cells) + " |")

print("\nboards of equal methods that are split, in %: pair alone / pooled")
designs = {"seeds 0": 0.0, "seeds 0.03": 0.03, "seeds 0.1": 0.1, "seeds 0.3": 0.3, "seeds 0.03 to 0.2": None}
print("| methods | seeds | examples | " + " | ".join(designs) + " |")
for methods, seeds, examples in ((3, 2, 100), (3, 3, 400), (5, 3, 100), (5, 3, 400), (12, 3, 400), (12, 5, 100)):
    cells = []
    for deviation in designs.values():
        sds = np.linspace(0.03, 0.2, methods) if deviation is None else np.full(methods, deviation)
        alone, shared = split_share(methods, seeds, examples, sds, 1000 if methods < 12 else 400)
        cells.append(f"{100 * alone:.1f} / {100 * shared:.1f}")
    print(f"| {methods} | {seeds} | {examples} | " + " | ".join(cells) + " |", flush=True)
