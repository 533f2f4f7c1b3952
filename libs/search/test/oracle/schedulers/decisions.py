"""What Optuna's pruners decide on recorded curves.

Optuna 5.0.0: SuccessiveHalvingPruner, HyperbandPruner and MedianPruner. Trials report in turns, as on several workers: each
line of a vector is one report and whether the pruner stopped the trial at it. Promotions of the form that pauses trials,
which Optuna has not, come from Algorithm 2 of Li et al., MLSys 2020, written down below.
"""

import binascii
import json
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.ERROR)
vectors = Path(__file__).parents[2] / "vectors/schedulers"


def curves(rng, trials, steps):
    """Losses that fall towards an end of their own, with noise: late winners exist."""
    ends, rates = rng.uniform(0, 2, trials), rng.uniform(0.02, 0.4, trials)
    at = np.arange(1, steps + 1)
    values = ends[:, None] + 3 * np.exp(-rates[:, None] * at) + rng.normal(0, 0.1, (trials, steps))
    return np.round(values, 3)


def replay(pruner, direction, values, workers, missing=()):
    """Reports in turns of up to `workers` trials at once; a trial that ends or is stopped makes room for the next."""
    study = optuna.create_study(pruner=pruner, direction=direction, study_name="curves")
    sign = -1 if direction == "maximize" else 1
    waiting, running, reports = list(range(len(values))), [], []
    while waiting or running:
        while waiting and len(running) < workers:
            running.append((study.ask(), waiting.pop(0), 1))
        following = []
        for trial, row, step in running:
            value = float("nan") if (row, step) in missing else float(sign * values[row][step - 1])
            trial.report(value, step)
            stop = bool(trial.should_prune())
            reports.append([trial.number, step, None if np.isnan(value) else value, stop])
            if stop:
                study.tell(trial, state=TrialState.PRUNED)
            elif step == len(values[row]):
                study.tell(trial, 0.0 if np.isnan(value) else value)
            else:
                following.append((trial, row, step + 1))
        running = following
    return reports


rng = np.random.default_rng(3)
halving = []
for direction, reduction, lowest, earliest, workers, missing in [
    ("minimize", 3, 1, 0, 1, ()),
    ("minimize", 3, 1, 0, 4, ((5, 3), (8, 1))),
    ("maximize", 2, 2, 1, 7, ()),
    ("maximize", 4, 1, 0, 3, ()),
]:
    pruner = optuna.pruners.SuccessiveHalvingPruner(
        min_resource=lowest, reduction_factor=reduction, min_early_stopping_rate=earliest
    )
    reports = replay(pruner, direction, curves(rng, 40, 30), workers, missing)
    halving.append({"direction": direction, "reduction": reduction, "minSteps": lowest, "earliest": earliest,
                    "maxSteps": 30, "reports": reports})
(vectors / "halving.json").write_text(json.dumps(halving) + "\n")

bands = []
for direction, lowest, most, reduction, workers in [
    ("minimize", 1, 27, 3, 4), ("maximize", 2, 33, 2, 5), ("minimize", 1, 64, 4, 2)
]:
    pruner = optuna.pruners.HyperbandPruner(min_resource=lowest, max_resource=most, reduction_factor=reduction)
    reports = replay(pruner, direction, curves(rng, 60, most), workers)
    brackets = pruner._n_brackets
    budgets = [pruner._calculate_trial_allocation_budget(index) for index in range(brackets)]
    tickets = [binascii.crc32(f"curves_{number}".encode()) for number in range(60)]
    bands.append({"direction": direction, "minSteps": lowest, "maxSteps": most, "reduction": reduction,
                  "trials": budgets, "tickets": tickets, "reports": reports})
(vectors / "hyperband.json").write_text(json.dumps(bands) + "\n")

medians = []
for direction, startup, warmup, interval, least, workers, missing in [
    ("minimize", 5, 0, 1, 1, 1, ()),
    ("maximize", 4, 3, 1, 3, 4, ((6, 1), (6, 2), (6, 3), (6, 4), (6, 5), (2, 7))),
    ("minimize", 3, 2, 4, 5, 5, ()),
]:
    pruner = optuna.pruners.MedianPruner(startup, warmup, interval, n_min_trials=least)
    reports = replay(pruner, direction, curves(rng, 40, 16), workers, missing)
    medians.append({"direction": direction, "startupTrials": startup, "warmupSteps": warmup, "intervalSteps": interval,
                    "minTrials": least, "steps": 16, "reports": reports})
(vectors / "median.json").write_text(json.dumps(medians) + "\n")


def get_job(rungs, eta):
    """Algorithm 2, lines 13 to 25: from the highest rung down, the top 1/η less those that were promoted."""
    for k in reversed(range(len(rungs) - 1)):
        candidates = sorted(rungs[k], key=lambda trial: rungs[k][trial])[: len(rungs[k]) // eta]
        promotable = [trial for trial in candidates if trial not in rungs[k + 1]]
        if promotable:
            return promotable[0], k
    return None


losses = curves(rng, 60, 27)
ends, eta = [1, 3, 9, 27], 3
rungs, jobs, fresh = [{} for _ in ends], [], 0
while fresh < 60 or get_job(rungs, eta):
    job = get_job(rungs, eta)
    if job:
        trial, rung = job[0], job[1] + 1
    else:
        trial, rung, fresh = f"t{fresh}", 0, fresh + 1
    loss = float(losses[int(trial[1:])][ends[rung] - 1])
    rungs[rung][trial] = loss
    jobs.append([trial, rung, loss])
(vectors / "promotions.json").write_text(json.dumps({"reduction": eta, "rungs": len(ends), "jobs": jobs}) + "\n")
