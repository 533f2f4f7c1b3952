"""Regret of Optuna's samplers on published test functions: 100 seeds, 100 trials each.

Optuna 5.0.0: TPESampler(multivariate=True) and RandomSampler. Functions:

- Branin and Hartmann with six variables: Dixon and Szegö, "Towards Global Optimisation 2" (1978), constants as in Picheny,
  Wagner and Ginsbourger, "A benchmark of kriging-based infill criteria", Struct. Multidiscip. Optim. 48 (2013);
- the constrained problem of Gramacy et al., "Modeling an augmented Lagrangian for blackbox constrained optimization",
  Technometrics 58 (2016), equation 2.

The regret after n trials is the best value so far (of feasible trials) less the optimum; null before the first feasible one.
"""

import json
import math
from pathlib import Path

import numpy as np
import optuna
from scipy.stats import mannwhitneyu

optuna.logging.set_verbosity(optuna.logging.ERROR)
vectors = Path(__file__).parents[2] / "vectors/regret"
SEEDS, TRIALS, AFTER = 100, 100, [25, 50, 100]


def branin(trial):
    x, y = trial.suggest_float("x", -5, 10), trial.suggest_float("y", 0, 15)
    curve = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return curve**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P = 1e-4 * np.array([
    [1312, 1696, 5569, 124, 8283, 5886],
    [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650],
    [4047, 8828, 8732, 5743, 1091, 381],
])
ALPHA = np.array([1, 1.2, 3, 3.2])


def hartmann6(trial):
    x = np.array([trial.suggest_float(f"x{i}", 0, 1) for i in range(6)])
    return float(-ALPHA @ np.exp(-(A * (x - P) ** 2).sum(axis=1)))


def gramacy(trial):
    x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
    trial.set_constraint("first", 1.5 - x - 2 * y - 0.5 * math.sin(2 * math.pi * (x**2 - 2 * y)))
    trial.set_constraint("second", x**2 + y**2 - 1.5)
    return x + y


def regrets(objective, optimum, sampler):
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=TRIALS)
    feasible = [(t.number, t.value) for t in study.trials if all(v <= 0 for v in t.constraints.values())]
    best = [min((value for number, value in feasible if number < n), default=None) for n in AFTER]
    return [None if value is None else round(value - optimum, 6) for value in best]


samplers = {
    "tpe": lambda seed: optuna.samplers.TPESampler(multivariate=True, seed=seed),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
}
functions = {"branin": (branin, 0.397887), "hartmann6": (hartmann6, -3.32237), "gramacy": (gramacy, 0.599788)}
result = {
    name: {
        sampler: [regrets(objective, optimum, make(seed)) for seed in range(SEEDS)] for sampler, make in samplers.items()
    }
    for name, (objective, optimum) in functions.items()
}


def rank_sum(first, second):
    known = [[math.inf if regret is None else regret for regret in runs] for runs in (first, second)]
    return float(mannwhitneyu(*known, method="asymptotic").pvalue)


tests = {
    name: [rank_sum(*[[run[n] for run in runs[kind]] for kind in ("tpe", "random")]) for n in range(len(AFTER))]
    for name, runs in result.items()
}
(vectors / "optuna.json").write_text(json.dumps({
    "optuna": optuna.__version__, "seeds": SEEDS, "after": AFTER,
    "optima": {name: optimum for name, (_, optimum) in functions.items()}, "regrets": result, "rankSum": tests,
}) + "\n")
