"""Races over rungs, as irace's `t-test-bonferroni` makes them: scipy's tests of each trial against the best, adjusted by Bonferroni.

Every trial has a mean score of its own and shares the difficulty of each example with the others. Binary scores are tested exactly
(binomtest of the discordant examples, which is McNemar's), others by ttest_rel. All trials stay on all rungs, so that each rung is a
race of its own. `simulated` says how often the trial with the best mean was dropped at any of the rungs.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import binomtest, ttest_rel

path = Path(__file__).parents[2] / "vectors" / "race"
rng = np.random.default_rng(5)


def p_value(best, other):
    """Two-sided."""
    if np.array_equal(best, other):
        return 1.0
    if set(np.unique(best - other)) <= {-1.0, 0.0, 1.0}:
        first, second = int(np.sum(best > other)), int(np.sum(best < other))
        return float(binomtest(first, first + second, 0.5).pvalue)
    return float(ttest_rel(best, other).pvalue)


def scores(trials, examples, binary, spread):
    ability, difficulty = rng.normal(0, spread, trials), rng.normal(0, 1, examples)
    latent = ability[:, None] + difficulty[None, :] + rng.normal(0, 0.6, (trials, examples))
    return (latent > 0).astype(float) if binary else np.round(latent, 3)


def raced(values, error, looks, places, most, direction):
    """Trials in the order best first, with p and what becomes of them."""
    means = values.mean(axis=1)
    order = np.argsort(means if direction == "minimize" else -means, kind="stable")
    level, left, answer = error / (looks * max(1, len(order) - 1)), max(places, most), []
    for place, trial in enumerate(order):
        p = p_value(values[order[0]], values[trial]) if place else None
        surely = p is not None and p <= level
        goes = left > 0 and (place < places or (p is not None and not surely))
        left -= goes
        answer.append([int(trial), bool(goes), p, bool(surely)])
    return answer


cases = []
for trials, examples, binary, spread, places, most, direction in [
    (3, 132, True, 0.3, 1, 2, "maximize"),
    (3, 132, True, 0.05, 1, 3, "maximize"),
    (9, 60, False, 0.5, 3, 5, "minimize"),
    (9, 60, False, 0.1, 3, 5, "maximize"),
    (6, 40, True, 1.0, 2, 3, "maximize"),
]:
    values = scores(trials, examples, binary, spread)
    cases.append({"examples": values.tolist(), "error": 0.05, "looks": 2, "places": places, "most": most,
                  "direction": direction, "raced": raced(values, 0.05, 2, places, most, direction)})
(path / "races.json").write_text(json.dumps(cases) + "\n")

dropped, rounds = 0, 1000
for _ in range(rounds):
    # Two trials alike: whichever a rung has ahead by luck, the other is not to be dropped.
    lost = False
    for _ in range(2):
        ability, difficulty = np.array([0.0, 0.0, -0.3]), rng.normal(0, 1, 132)
        values = ((ability[:, None] + difficulty + rng.normal(0, 0.6, (3, 132))) > 0).astype(float)
        lost |= any(surely for trial, _, _, surely in raced(values, 0.05, 2, 1, 2, "maximize") if trial == 0)
    dropped += lost
print(f"the best was dropped in {dropped} of {rounds} races")
(path / "simulated.json").write_text(json.dumps({"rounds": rounds, "dropped": dropped}) + "\n")
