"""What oracles of losses of ranked rows share: queries with graded rows, and gradients by torch's autograd in float64."""
import numpy as np
import torch
from vector import array, source


def case(name, query_loss, scores, grades, groups, config):
    """`query_loss(scores, grades, **config)` of one query; the loss is the mean over queries."""
    outputs = torch.tensor(np.asarray(scores, np.float32).astype(float), requires_grad=True)
    values = torch.tensor(np.asarray(grades, float))
    ends = np.cumsum(groups)
    losses = [query_loss(outputs[e - s : e], values[e - s : e], **config) for s, e in zip(groups, ends)]
    loss = sum(losses) / len(groups)
    loss.backward()
    return {
        "name": name,
        "config": config,
        "outputs": array(outputs.detach()),
        "values": array(values),
        "groups": [int(size) for size in groups],
        "loss": loss.item(),
        "gradient": array(outputs.grad),
    }


def pairs(grades):
    rows = range(len(grades))
    return [(worse, better) for worse in rows for better in rows if grades[better] > grades[worse]]


def hinge(scores, grades, margin):
    """The mean over pairs by a margin; 0 where no grades differ."""
    found = pairs(grades)
    if not found:
        return 0 * scores.sum()
    worse, better = map(list, zip(*found))
    return torch.nn.functional.margin_ranking_loss(scores[better], scores[worse], torch.ones(len(found)), margin=margin)


def vector(query_loss, *configs):
    rng = np.random.default_rng(23)
    groups = [7, 1, 12, 15, 4]
    grades = np.concatenate([rng.integers(0, 4, size) for size in groups])
    scores = rng.normal(0, 2, sum(groups)) + 0.7 * grades
    even = np.tile([0, 2, 0, 1], 3)
    cases = [
        made
        for config in configs
        for made in (
            case("queries of different length", query_loss, scores, grades, groups, config),
            case("scores that tie", query_loss, np.round(scores / 3), grades, groups, config),
            case("scores far apart", query_loss, 60 * rng.normal(0, 2, 12), even, [6, 6], config),
            case("no grades that differ", query_loss, rng.normal(0, 1, 5), np.zeros(5), [3, 2], config),
        )
    ]
    return {"source": source("torch"), "cases": cases}
