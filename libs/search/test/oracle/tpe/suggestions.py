"""What Optuna suggests, with the random numbers that it drew.

Optuna 5.0.0: TPESampler(multivariate=True), with its defaults: 10 trials at random, 24 candidates, constant liar,
constraints. Its RandomState is replaced by one that records every uniform number; numpy's argsort is made stable while it
sorts kernels, since the order of equal ones is otherwise that of the processor. Nothing else of Optuna is changed.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
vectors = Path(__file__).parents[2] / "vectors/tpe"

argsort = np.argsort
np.argsort = lambda values, *args, **kwargs: argsort(values, *args, **{**kwargs, "kind": "stable"})


class Recording(np.random.RandomState):
    """Draws only through random_sample, and keeps what it drew: choice and uniform of numpy are made of it."""

    def __init__(self, seed):
        super().__init__(seed)
        self.drawn = []

    def random_sample(self, size=None):
        values = super().random_sample(size)
        self.drawn.extend(map(float, np.ravel(values)))
        return values

    def choice(self, a, size=None, replace=True, p=None):
        cumulated = np.cumsum(p)
        return np.searchsorted(cumulated / cumulated[-1], self.random_sample(size), side="right")

    def rand(self, *size):
        return self.random_sample(size)

    def uniform(self, low=0.0, high=1.0, size=None):
        return low + (high - low) * self.random_sample(size)


spaces = {
    "floats": {"x": FloatDistribution(-5, 10), "y": FloatDistribution(0, 15)},
    "log": {"lr": FloatDistribution(1e-6, 1e-1, log=True)},
    "mixed": {
        "alpha": IntDistribution(1, 64, log=True),
        "dropout": FloatDistribution(0, 0.5),
        "layers": IntDistribution(1, 6),
        "lr": FloatDistribution(1e-5, 1e-2, log=True),
        "target": CategoricalDistribution(["q", "v", "qv"]),
    },
    "lists": {"a": CategoricalDistribution(["0", "1"]), "b": CategoricalDistribution([*"0123456"])},
}


def described(distribution):
    if isinstance(distribution, CategoricalDistribution):
        return {"kind": "categorical", "choices": len(distribution.choices)}
    kind = "int" if isinstance(distribution, IntDistribution) else "float"
    return {"kind": kind, "low": distribution.low, "high": distribution.high, "log": distribution.log}


def internal(space, params):
    return {name: float(space[name].to_internal_repr(value)) for name, value in params.items()}


def drawn_params(space, rng):
    params = {}
    for name, d in space.items():
        if isinstance(d, CategoricalDistribution):
            params[name] = d.choices[rng.integers(len(d.choices))]
        elif isinstance(d, IntDistribution):
            params[name] = int(rng.integers(d.low, d.high + 1))
        elif d.log:
            params[name] = float(np.exp(rng.uniform(np.log(d.low), np.log(d.high))))
        else:
            params[name] = float(rng.uniform(d.low, d.high))
    return params


def trial_of(space, rng, kind):
    """A finished trial and the same as the other implementation is told it."""
    params = drawn_params(space, rng)
    value = round(float(rng.normal()), 3)
    common = {"params": params, "distributions": space}
    point = internal(space, params)
    if kind == "pruned":
        step = int(rng.integers(1, 5))
        seen = {step: value} if rng.random() < 0.8 else {}
        outcome = {"kind": "pruned", "step": step, "value": value} if seen else {"kind": "pruned", "step": 0}
        return create_trial(state=TrialState.PRUNED, intermediate_values=seen, **common), point, outcome
    if kind == "infeasible":
        violation = round(float(rng.uniform(0.1, 9)), 3)
        trial = create_trial(value=value, system_attrs={"constraints:memory": violation}, **common)
        return trial, point, {"kind": "infeasible", "violation": violation}
    if kind == "running":
        trial = create_trial(state=TrialState.RUNNING, **common)
        return trial, point, {"kind": "running"}
    return create_trial(value=value, **common), point, {"kind": "complete", "value": value}


def case(name, space, kinds, direction, seed):
    rng = np.random.default_rng(seed)
    sampler = optuna.samplers.TPESampler(multivariate=True, seed=seed)
    sampler._rng._rng = Recording(seed)
    study = optuna.create_study(sampler=sampler, direction=direction)
    history = []
    for number, kind in enumerate(kinds):
        trial, point, outcome = trial_of(space, rng, kind)
        study.add_trial(trial)
        history.append({"number": number, "point": point, "outcome": outcome})
    asked = study.ask(space)
    assert all(trial.constraints for trial, kind in zip(study.trials, kinds) if kind == "infeasible")
    return {
        "name": name,
        "space": {name: described(distribution) for name, distribution in space.items()},
        "direction": direction,
        "history": history,
        "draws": sampler._rng.rng.drawn,
        "suggestion": internal(space, asked.params),
    }


def mix(count, rng):
    return [str(kind) for kind in rng.choice(["complete", "pruned", "infeasible", "running"], count, p=[0.5, 0.2, 0.2, 0.1])]


cases = []
for index, (name, space) in enumerate(spaces.items()):
    for count in (10, 17, 60):
        seed = 100 * index + count
        cases.append(case(f"{name}: {count} complete", space, ["complete"] * count, "minimize", seed))
        kinds = mix(count + 15, np.random.default_rng(seed))
        cases.append(case(f"{name}: {count + 15} of every outcome", space, kinds, "maximize", seed + 1))
cases.append(case("mixed: infeasible all", spaces["mixed"], ["infeasible"] * 12, "minimize", 5))
cases.append(case("mixed: 300 complete", spaces["mixed"], ["complete"] * 300, "minimize", 6))
(vectors / "suggestions.json").write_text(json.dumps({"optuna": optuna.__version__, "cases": cases}) + "\n")
