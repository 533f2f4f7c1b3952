"""Runs trials that only sleep through Optuna with PostgreSQL storage, and prints the seconds to the last of them.

usage: sleepers.py URL TRIALS PROCESSES SECONDS
"""

import multiprocessing
import sys
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)


def work(url: str, trials: int, seconds: float) -> None:
    """Takes its share; four parameters are drawn, as a sweep of ours has four axes."""

    def objective(trial: optuna.Trial) -> float:
        for name in ("rank", "rate", "seed", "budget"):
            trial.suggest_float(name, 0.0, 1.0)
        time.sleep(seconds)
        return 1.0

    study = optuna.load_study(study_name="sleepers", storage=url, sampler=optuna.samplers.RandomSampler())
    study.optimize(objective, n_trials=trials)


if __name__ == "__main__":
    url, trials, processes, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    optuna.create_study(study_name="sleepers", storage=url)
    shares = [trials // processes + (rank < trials % processes) for rank in range(processes)]
    started = time.monotonic()
    workers = [multiprocessing.Process(target=work, args=(url, share, seconds)) for share in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    elapsed = time.monotonic() - started
    done = len(optuna.load_study(study_name="sleepers", storage=url).get_trials(states=[optuna.trial.TrialState.COMPLETE]))
    if done != trials:
        sys.exit(f"{done} of {trials} trials are complete")
    print(elapsed)
