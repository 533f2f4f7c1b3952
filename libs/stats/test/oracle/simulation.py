"""Measures by simulation what docs/statistics.md claims, independently of the TypeScript code.

    pip install numpy==2.4.6 scipy==1.17.1
    python libs/stats/test/oracle/simulation.py

Prints two tables: how often a 95 % interval holds the true mean, and how often that of an accuracy holds the true chance,
as it is and made on the logit. How often boards of equal methods are split, `npm run bench -- false-splits` prints.
"""

import numpy as np
from scipy import special, stats

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


def accuracy(seeds, examples, chance, seed_sd=0.3, example_sd=1.5, replications=10_000):
    """Answers that are right where threshold + seed + example + noise is above 0."""
    rng = np.random.default_rng([seeds, examples, round(100 * chance)])
    threshold = stats.norm.ppf(chance) * np.sqrt(1 + seed_sd**2 + example_sd**2)
    held = np.zeros(2)
    for _ in range(10):
        size = replications // 10
        latent = (
            rng.normal(size=(size, seeds, 1)) * seed_sd
            + rng.normal(size=(size, 1, examples)) * example_sd
            + rng.normal(size=(size, seeds, examples))
        )
        mean, a, b, e = mean_squares((latent > -threshold).astype(float))
        of_seeds, of_examples = split_variance(a, b, e, seeds, examples)
        total = of_seeds + of_examples
        varies = total > 1e-18
        error = np.sqrt(total)
        margin = np.where(varies, critical(of_seeds / np.where(varies, total, 1), seeds - 1, examples - 1, 0.025) * error, 0)
        held[0] += np.sum(np.abs(mean - chance) <= margin)
        inner = np.clip(mean, 1e-12, 1 - 1e-12)
        reach = np.where(varies, margin / (inner * (1 - inner)), 0)
        low, high = special.expit(special.logit(inner) - reach), special.expit(special.logit(inner) + reach)
        # Wilson's interval of all wrong or all right.
        t = stats.t.isf(0.025, examples - 1)
        end = t**2 / (examples + t**2)
        low = np.where(varies, low, np.where(mean > 0.5, 1 - end, 0))
        high = np.where(varies, high, np.where(mean > 0.5, 1, end))
        held[1] += np.sum((low <= chance) & (chance <= high))
    return held / replications


print("coverage of the 95 % interval, in %: one number of degrees of freedom (Satterthwaite) / Cochran / the board")
print("| seeds | examples | " + " | ".join(MIXES) + " |")
for seeds, examples in ((2, 100), (3, 100), (3, 400), (5, 100), (10, 100)):
    cells = [" / ".join(f"{100 * share:.1f}" for share in coverage(seeds, examples, mix)) for mix in MIXES.values()]
    print(f"| {seeds} | {examples} | " + " | ".join(cells) + " |")

print("\ncoverage of the 95 % interval of an accuracy, in %: as it is / on the logit")
chances = (0.02, 0.1, 0.5, 0.9, 0.98)
print("| seeds | examples | " + " | ".join(f"{chance}" for chance in chances) + " |")
for examples in (29, 100, 400):
    for seeds in (3, 5, 10):
        cells = [" / ".join(f"{100 * share:.1f}" for share in accuracy(seeds, examples, chance)) for chance in chances]
        print(f"| {seeds} | {examples} | " + " | ".join(cells) + " |", flush=True)
