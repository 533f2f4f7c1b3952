"""How often a 95 % interval holds the mean when its variance is the sum of two parts, for powers that weigh their t.

    pip install numpy==2.4.6 scipy==1.17.1
    python libs/stats/test/oracle/power.py

The estimate is normal; each part's variance is estimated by its own chi-squared variable. No simulation: the coverage is an
integral over both. Prints the lowest and the highest coverage over the true shares of the first part, in %.
"""

import numpy as np
from scipy import stats

SHARES = np.concatenate([[0, 0.01, 0.03], np.linspace(0.05, 0.95, 19), [0.97, 0.98, 0.99, 1]])
POWERS = (1, 1.2, 1.3, 1.4, 1.5, 1.75, 2)


def chi_squared(dof, points):
    """Values of χ²/ν and their weights: Gauss-Legendre over s, where the probability below is s² (denser near 0)."""
    x, weights = np.polynomial.legendre.leggauss(points)
    s = (x + 1) / 2
    return stats.chi2.ppf(s**2, dof) / dof, weights * s


def coverage(share, power, dof_a, dof_b):
    a, weights_a = chi_squared(dof_a, 80)
    b, weights_b = chi_squared(dof_b, 24)
    a, b = share * a[:, None], (1 - share) * b[None, :]
    of_a, of_b = (a / (a + b)) ** power, (b / (a + b)) ** power
    t = (of_a * stats.t.isf(0.025, dof_a) + of_b * stats.t.isf(0.025, dof_b)) / (of_a + of_b)
    held = 2 * stats.norm.cdf(t * np.sqrt(a + b)) - 1
    return 100 * weights_a @ held @ weights_b


print("| degrees of freedom | " + " | ".join(f"power {power}" for power in POWERS) + " |")
for dofs in ((1, 99), (1, 399), (1, 30), (2, 99), (2, 399), (2, 30), (4, 99), (9, 99)):
    cells = []
    for power in POWERS:
        held = [coverage(share, power, *dofs) for share in SHARES]
        cells.append(f"{min(held):.1f} to {max(held):.1f}")
    print(f"| {dofs[0]} and {dofs[1]} | " + " | ".join(cells) + " |")
