"""How often two equal methods are told apart where seeds are added because they were not, as a board says how many.

    pip install numpy==2.4.6
    python libs/stats/test/oracle/looks.py

One pair whose variance is known, at 5 %: a look at so many seeds each, then as many more as show the difference that is seen in 80 % of
cases, where 100 are enough, and another look, up to three times. Prints the share, in %, that was told apart by each look.
"""

import numpy as np

SEED, TABLES, MOST = 0, 400_000, 100
Z_LEVEL, Z_POWER = 1.959964, 0.841621


def told_apart(seeds: int, additions: int) -> list[float]:
    rng = np.random.default_rng(SEED)
    total = rng.standard_normal(TABLES) * np.sqrt(seeds)
    count = np.full(TABLES, float(seeds))
    told = np.abs(total) / np.sqrt(count) > Z_LEVEL
    shares = [told.mean()]
    for _ in range(additions):
        needed = np.ceil(((Z_LEVEL + Z_POWER) / np.maximum(np.abs(total) / count, 1e-9)) ** 2) - count
        goes_on = ~told & (needed >= 1) & (needed <= MOST)
        more = np.where(goes_on, needed, 0)
        total = total + rng.standard_normal(TABLES) * np.sqrt(more)
        count = count + more
        told = told | (goes_on & (np.abs(total) / np.sqrt(count) > Z_LEVEL))
        shares.append(told.mean())
    return shares


for seeds in (3, 5, 10):
    print(seeds, " ".join(f"{100 * share:.1f}" for share in told_apart(seeds, 3)))
