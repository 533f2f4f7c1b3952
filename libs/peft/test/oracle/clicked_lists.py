"""What oracles of learning from clicks share: queries whose lists were shown, losses by torch's autograd in float64."""
import numpy as np
import torch
from vector import array, source


def lists(rng, groups, expected):
    """By query: two or three lists of at most ten of its rows, with clicks of 0 and 1 or with chances."""
    made = []
    for size in groups:
        own = []
        for _ in range(rng.integers(2, 4)):
            rows = rng.permutation(size)[:10]
            clicks = rng.random(len(rows)) if expected else (rng.random(len(rows)) < 0.4).astype(float)
            if not clicks.any():
                clicks[rng.integers(len(rows))] = 1.0
            own.append({"rows": rows.tolist(), "clicks": np.asarray(clicks, np.float32).astype(float).tolist()})
        made.append(own)
    return made


def each(shown, groups):
    for start, own in zip(np.cumsum([0, *groups[:-1]]), shown):
        for one in own:
            yield [int(start + row) for row in one["rows"]], torch.tensor(one["clicks"])


def ranker_loss(outputs, shown, groups, weights):
    """`weights` of places; a mean over weighed clicks."""
    total, count = 0.0, 0.0
    for rows, clicks in each(shown, groups):
        weighed = clicks * weights[: len(rows)]
        total = total - (weighed * torch.log_softmax(outputs[rows], dim=0)).sum()
        count = count + weighed.sum()
    return total / count


def vector(weights_of, states, places_loss=None):
    """`weights_of(state)` of places; `places_loss(places, outputs, shown, groups)` where places learn."""
    rng = np.random.default_rng(31)
    groups = [7, 12, 15, 4]
    cases = []
    for expected in (False, True):
        for state in states:
            shown = lists(rng, groups, expected)
            outputs = torch.tensor(rng.normal(0, 1.5, sum(groups)).astype(np.float32).astype(float), requires_grad=True)
            loss = ranker_loss(outputs, shown, groups, weights_of(state))
            loss.backward()
            case = {
                "name": "chances of clicks" if expected else "clicks",
                "config": {},
                "outputs": array(outputs.detach()),
                "values": [0.0] * sum(groups),
                "groups": groups,
                "shown": shown,
                "state": {name: array(value) for name, value in state.items()},
                "loss": loss.item(),
                "gradient": array(outputs.grad),
            }
            if places_loss:
                places = state["places"].clone().requires_grad_(True)
                of_places = places_loss(places, outputs.detach(), shown, groups)
                of_places.backward()
                case["placesGradient"] = array(places.grad)
            cases.append(case)
    return {"source": source("torch"), "cases": cases}
