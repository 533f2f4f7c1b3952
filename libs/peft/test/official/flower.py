"""Flower: its aggregation of clients' arrays, by weighted mean, trimmed mean, median and Krum."""
import sys
from pathlib import Path

import numpy as np

from clone import Clone, absent

sys.path.insert(0, str(Path(__file__).parents[3] / "federated/test/oracle"))
from federation import SHAPES, Draw, listed

clone = Clone("adap/flower", "fdef7afb1dca3030553be302366cfd285ed6632c")
absent("flwr.common", FitRes=object, NDArray=np.ndarray, NDArrays=list, parameters_to_ndarrays=None)
absent("flwr.server.client_proxy", ClientProxy=object)
file = "framework/py/flwr/server/strategy/aggregate.py"
flower = clone.module(file)


def case(seed, strategy, config, aggregate, examples=(16, 10, 6, 8, 5)):
    draw = Draw(seed)
    messages = [draw.tensors() for _ in examples]
    after = aggregate([(list(message.values()), count) for message, count in zip(messages, examples)])
    return listed({
        "strategy": strategy, "config": config, "examples": examples, "messages": messages,
        "after": dict(zip(SHAPES, after, strict=True)),
    })


def trimmed(cut):
    return lambda results: flower.aggregate_trimmed_avg(results, cut)


def krum(attackers, keep):
    return lambda results: flower.aggregate_krum(results, attackers, keep)


clone.save(__file__, file, "aggregate, aggregate_trimmed_avg, aggregate_median and aggregate_krum on one round of arrays", {
    "strategies": [
        case(31, "fedavg", {}, flower.aggregate),
        case(32, "fedavg", {}, flower.aggregate, examples=(3,)),
        case(33, "trimmed-mean", {"cut": 0.2}, trimmed(0.2)),
        case(34, "trimmed-mean", {"cut": 0.3}, trimmed(0.3), examples=(1, 2, 3, 4, 5, 6, 7)),
        case(35, "median", {}, flower.aggregate_median),
        case(36, "median", {}, flower.aggregate_median, examples=(2, 3, 4, 5)),
        case(37, "krum", {"attackers": 1, "keep": 1}, krum(1, 0)),
        case(38, "krum", {"attackers": 1, "keep": 3}, krum(1, 3)),
        case(39, "krum", {"attackers": 2, "keep": 2}, krum(2, 2), examples=(4, 5, 6, 7, 8, 9)),
    ],
})
