"""How important parameters are by Optuna 5.0.0: PedAnovaImportanceEvaluator with its defaults, before and after shares are
made to sum to 1. Spaces have ranges, whole numbers and lists, on both scales; some parameters are there in some trials alone,
or with other bounds; results have ties. Nothing of Optuna is changed."""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import create_trial

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
vectors = Path(__file__).parents[2] / "vectors/importance"

lr = FloatDistribution(1e-5, 1e-2, log=True)
spaces = {
    "floats": {"x": FloatDistribution(-5, 10), "y": FloatDistribution(0, 15)},
    "mixed": {
        "lr": lr,
        "rank": IntDistribution(1, 64, log=True),
        "layers": IntDistribution(1, 6),
        "dropout": FloatDistribution(0, 0.5),
        "target": CategoricalDistribution(["q", "v", "qv"]),
        "width": IntDistribution(1, 200),
    },
    "lists": {"a": CategoricalDistribution(["0", "1"]), "b": IntDistribution(0, 3), "c": CategoricalDistribution([*"0123456"])},
}


def conditional(rng):
    """Two methods: each has a parameter of its own, and ranges of the learning rate that differ."""
    if rng.random() < 0.6:
        return {"method": CategoricalDistribution(["m", "n"]), "lr": lr, "alpha": FloatDistribution(0, 1)}
    return {
        "method": CategoricalDistribution(["m", "n"]),
        "lr": FloatDistribution(1e-3, 1e-1, log=True),
        "beta": IntDistribution(1, 9),
    }


def described(d):
    if isinstance(d, CategoricalDistribution):
        return {"kind": "categorical", "choices": len(d.choices)}
    return {"kind": "int" if isinstance(d, IntDistribution) else "float", "low": d.low, "high": d.high, "log": d.log}


def drawn(space, rng):
    params = {}
    for name, d in space.items():
        if isinstance(d, CategoricalDistribution):
            params[name] = d.choices[rng.integers(len(d.choices))]
        elif d.log:
            value = math.exp(rng.uniform(math.log(d.low), math.log(d.high)))
            params[name] = int(round(value)) if isinstance(d, IntDistribution) else value
        elif isinstance(d, IntDistribution):
            params[name] = int(rng.integers(d.low, d.high + 1))
        else:
            params[name] = float(rng.uniform(d.low, d.high))
    return params


def case(name, space_of, count, direction, seed, digits):
    rng = np.random.default_rng(seed)
    study = optuna.create_study(direction=direction)
    forms, tried = [], []
    for _ in range(count):
        space = space_of(rng)
        params = drawn(space, rng)
        if "method" in params:
            params["method"] = "m" if "alpha" in space else "n"
        internal = {key: float(space[key].to_internal_repr(value)) for key, value in params.items()}
        places = [
            (math.log(v) - math.log(d.low)) / math.log(d.high / d.low) if getattr(d, "log", False) else v / 10
            for (key, v), d in zip(internal.items(), space.values())
        ]
        value = round(sum((place - 0.4) ** 2 / (i + 1) ** 2 for i, place in enumerate(places)) + 0.05 * rng.normal(), digits)
        study.add_trial(create_trial(value=value, params=params, distributions=space))
        form = {key: described(d) for key, d in space.items()}
        if form not in forms:
            forms.append(form)
        tried.append({"space": forms.index(form), "point": internal, "value": value})
    evaluator = PedAnovaImportanceEvaluator()
    return {
        "name": name,
        "direction": direction,
        "spaces": forms,
        "tried": tried,
        "divergences": evaluator.evaluate(study),
        "shares": get_param_importances(study, evaluator=evaluator),
    }


cases = []
for index, (name, space) in enumerate(spaces.items()):
    for count in (5, 23, 60, 200):
        direction = ("minimize", "maximize")[count % 2]
        cases.append(case(f"{name}: {count}", lambda _, space=space: space, count, direction, 100 * index + count, 6))
    cases.append(case(f"{name}: 60 with ties", lambda _, space=space: space, 60, "minimize", 900 + index, 1))
cases.append(case("methods: 40", conditional, 40, "minimize", 7, 6))
cases.append(case("methods: 150", conditional, 150, "maximize", 8, 6))
vectors.joinpath("ped-anova.json").write_text(json.dumps({"optuna": optuna.__version__, "cases": cases}) + "\n")
