"""
The dual learning algorithm, by the losses of its authors' code (arXiv 1804.05938): ranker and places each weigh clicks by the inverse of
the softmax of the other, over that of the first place. `population` is the simulation LTR-PBM: queries of ten documents whose clicks are
their chances under the position-based model, ordered by half their relevance and a score that has nothing to do with it, and that is
a feature too. A linear ranker and the places learn by Adam together; the same with all propensities 1 is what naive clicks give.
"""
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parent.parent))
import clicked_lists  # noqa: E402
from vector import array, save  # noqa: E402

LOOKS = np.array([0.68, 0.61, 0.48, 0.34, 0.28, 0.20, 0.11, 0.10, 0.08, 0.06])


def of_places(places, outputs, shown, groups):
    total, count = 0.0, 0.0
    for rows, clicks in clicked_lists.each(shown, groups):
        logs = torch.log_softmax(outputs[rows], dim=0)
        weighed = clicks * torch.exp(logs[0] - logs)
        total = total - (weighed * torch.log_softmax(places[: len(rows)], dim=0)).sum()
        count = count + weighed.sum()
    return total / count


def inverse(state):
    chances = torch.softmax(state["places"], dim=0)
    return chances[0] / chances


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def ndcg(scores, gains):
    discounts = 1 / np.log2(np.arange(2, 12))
    best = -np.sort(-gains, 1)
    return float(((np.take_along_axis(gains, np.argsort(-scores, 1), 1) * discounts).sum(1) / (best * discounts).sum(1)).mean())


def population(eta, queries=40, features=4, steps=800, rate=0.05):
    rng = np.random.default_rng(5)
    truth = rng.normal(size=features)
    truth /= np.linalg.norm(truth)
    x = rng.normal(size=(queries, 10, features))
    relevance = x @ truth
    production = rng.normal(size=relevance.shape)
    order = np.argsort(-(0.5 * relevance + production), 1)
    x = np.take_along_axis(np.concatenate([x, production[..., None]], 2), order[..., None], 1)
    x = np.round(x, 4)
    # Relevance is linear in what the ranker is given, to the bit.
    relevance = x[..., :features] @ truth
    attraction = np.exp(0.7 * (relevance - relevance.max()))
    looks = LOOKS**eta
    clicks = looks * attraction
    gains = np.exp(1.5 * relevance) - np.exp(-3)

    def learned(mode):
        weights, places, moments = np.zeros(features + 1), np.zeros(10), {}
        for step in range(1, steps + 1):
            r, p = softmax(x @ weights), softmax(places)
            w = clicks * (p[0] / p if mode == "dla" else 1.0)
            v = clicks * (r[:, :1] / r)
            slopes = (
                np.einsum("ql,qld->d", (r * w.sum(1, keepdims=True) - w) / w.sum(), x),
                ((p * v.sum(1, keepdims=True) - v) / v.sum()).sum(0),
            )
            for name, parameter, slope in zip("wp", (weights, places), slopes):
                mean, square = moments.get(name, (0, 0))
                mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
                moments[name] = mean, square
                parameter -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        p = softmax(places)
        return weights, p / p[0]

    (dual, estimated), (naive, _) = learned("dla"), learned("naive")
    return {
        "eta": eta,
        "steps": steps,
        "rate": rate,
        "features": x.reshape(-1, features + 1).tolist(),
        "attraction": np.float32(attraction).astype(float).tolist(),
        "weights": dual.tolist(),
        "naiveWeights": naive.tolist(),
        "true": (looks / looks[0]).tolist(),
        "estimated": estimated.tolist(),
        "error": float(np.abs(estimated / (looks / looks[0]) - 1).max()),
        "ndcg": ndcg(x @ dual, gains),
        "naive": ndcg(x @ naive, gains),
    }


def placed(*values):
    return {"places": torch.tensor(np.asarray(values, np.float32).astype(float))}


STATES = [placed(*np.zeros(10)), placed(*np.linspace(0.8, -1.3, 10))]
made = [population(0.5), population(1)]
for one in made:
    print(f"eta {one['eta']}: error {one['error']:.4%}, nDCG@10 {one['ndcg']:.4f}, naive {one['naive']:.4f}")
# The features are the same for each.
features = made[0]["features"]
assert all(one["features"] == features for one in made)
save(
    __file__,
    {
        **clicked_lists.vector(inverse, STATES, of_places),
        "population": {
            "features": features,
            "attraction": made[0]["attraction"],
            "runs": [{k: v for k, v in one.items() if k not in ("features", "attraction")} for one in made],
        },
    },
)
