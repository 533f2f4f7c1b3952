"""How many more seeds tell a pair apart, by the power of the test itself.

    pip install numpy==2.4.6 scipy==1.17.1
    python libs/stats/test/oracle/seeds/seeds.py

The further seeds are normal around the true difference, and those seen stay in the mean; each part's variance is estimated by its own
chi-squared variable, and the critical value follows from both estimates. The power is an integral over them; of a single part it is
checked against drawn seeds. Writes ../../vectors/seeds.json: the smallest number of further seeds whose power is 0.8, or null above 100.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.optimize import brentq

POWER, MOST = 0.8, 100


def chi_squared(dof, points):
    """Values of χ²/ν and their weights: Gauss-Legendre over s, where the probability below is s² (denser near 0)."""
    x, weights = np.polynomial.legendre.leggauss(points)
    s = (x + 1) / 2
    return stats.chi2.ppf(s**2, dof) / dof, weights * s


def power(estimate, truth, level, before, parts):
    """
    Chance that the mean of old and new seeds is beyond the critical value; one or two parts, weighted as the board weighs them. The true
    variance lies around the estimated one as if this had three times its degrees of freedom (Satterthwaite's of both parts now).
    """
    variances = np.array([variance for variance, _ in parts])
    now, then = sum(part["variance"] for part in before), variances.sum()
    inverse = sum(part["variance"] / part["degreesOfFreedom"] for part in before) / now
    scale, chance = chi_squared(3 / inverse, 60)
    values = [chi_squared(dof, 60) for _, dof in parts]
    grids = np.meshgrid(*[v for v, _ in values], indexing="ij")
    weights = np.prod(np.meshgrid(*[w for _, w in values], indexing="ij"), axis=0)
    found = [variance * grid for variance, grid in zip(variances, grids)]
    total = sum(found)
    shares = [(one / total) ** 1.4 for one in found]
    t = sum(share * stats.t.isf(level / 2, dof) for share, (_, dof) in zip(shares, parts)) / sum(shares)
    critical = t * np.sqrt(total)
    # Mean and deviation of a normal variable that is known by another one which holds a part of it.
    mean, deviation = truth + (estimate - truth) * then / now, np.sqrt(then - then**2 / now)
    by_scale = [(weights * stats.norm.sf((critical - np.sign(estimate) * mean * np.sqrt(s)) / deviation)).sum() for s in scale]
    return float(chance @ by_scale)


def drawn(estimate, truth, level, before, further):
    """The same by drawing the further seeds; of a single part."""
    random, (variance, dof) = np.random.default_rng(1), after(further, before)
    seeds, deviation = before["seeds"], np.sqrt(before["variance"] * before["seeds"])
    mean = (seeds * estimate + further * random.normal(truth, deviation / np.sqrt(further), 400_000)) / (seeds + further)
    # The further seeds and the error then are in units of the true deviation: the mean is further from 0 where it is smaller.
    sure = np.sqrt(random.chisquare(3 * before["degreesOfFreedom"], len(mean)) / (3 * before["degreesOfFreedom"]))
    then, now = variance, before["variance"]
    middle = truth + (estimate - truth) * then / now
    mean = middle * sure + (mean - middle)
    error = np.sqrt(variance * random.chisquare(dof, len(mean)) / dof)
    return float(np.mean(np.sign(estimate) * mean >= stats.t.isf(level / 2, dof) * error))


def after(further, part):
    if "seeds" not in part:
        return part["variance"], part["degreesOfFreedom"]
    seeds = part["seeds"]
    then = seeds + further
    return part["variance"] * seeds / then, part["degreesOfFreedom"] + further


def needed(estimate, truth, level, parts):
    for further in range(1, MOST + 1):
        chance = power(estimate, truth, level, parts, [after(further, part) for part in parts])
        if chance >= POWER:
            if len(parts) == 1 and further < 60:
                assert abs(chance - drawn(estimate, truth, level, parts[0], further)) < 4e-3, (further, chance)
            return further
    return None


def of_seeds(deviation, seeds, methods=2):
    """Runs of which the difference has this deviation between seeds; more methods than two share their variance."""
    dof = (seeds - 1) * (1 if methods == 2 else methods - 1)
    return {"variance": deviation**2 / seeds, "degreesOfFreedom": dof, "seeds": seeds}


def bounds(estimate, level, parts):
    """Numbers at the ends of the 80 % interval of the noncentrality, which scipy's noncentral t is inverted for; of a single part."""
    if len(parts) > 1:
        return None
    error, dof = np.sqrt(parts[0]["variance"]), parts[0]["degreesOfFreedom"]
    end = lambda share: brentq(lambda shift: stats.nct.cdf(abs(estimate) / error, dof, shift) - share, -20, 60)
    ends = lambda share: needed(estimate, max(0.0, end(share)) * error, level, parts)
    largest = ends(0.9)
    return [ends(0.2 if largest is None else 0.1), largest]


cases = [
    # A paired t test: the difference in deviations of one seed.
    *[
        (d, level, [of_seeds(1, seeds)])
        for d, seeds, level in ((0.3, 3, 0.05), (0.5, 3, 0.05), (1, 2, 0.05), (1.5, 3, 0.05), (1, 5, 0.01))
    ],
    # Two independent means with three and five seeds.
    *[(d, 0.05, [of_seeds(1, 3), of_seeds(1, 5)]) for d in (0.5, 1, 1.5)],
    # Paired, with the examples of the test split, which stay.
    *[
        (d, level, [of_seeds(0.02, 3), {"variance": error**2, "degreesOfFreedom": 399}])
        for d, error, level in ((0.012, 0.002, 0.05), (0.012, 0.003, 0.05), (0.012, 0.004, 0.05), (0.02, 0.003, 0.005))
    ],
    # Six methods whose variances lend each other strength.
    (0.012, 0.01, [of_seeds(0.02, 3, methods=6), {"variance": 0.002**2, "degreesOfFreedom": 399}]),
    # Next to no difference.
    (0.001, 0.05, [of_seeds(0.02, 3)]),
]
vectors = [
    {"estimate": estimate, "level": level, "parts": parts, "further": needed(estimate, estimate, level, parts), "interval": bounds(estimate, level, parts)}
    for estimate, level, parts in cases
]
path = Path(__file__).parents[2] / "vectors" / "seeds.json"
path.write_text(json.dumps(vectors, indent=1) + "\n")
for case in vectors:
    print(case["estimate"], case["level"], case["parts"], case["further"])
# For seeds.test.ts: planned for other true differences than the estimated one.
for truth in (0.5, 1, 1.5):
    print(truth, needed(0.5, truth, 0.05, [{"variance": 1 / 3, "degreesOfFreedom": 20, "seeds": 3}]))
print(1, needed(1, 1, 0.05, [of_seeds(1, 3)]))
