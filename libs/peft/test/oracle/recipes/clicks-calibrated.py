"""
Grades calibrated from clicks (arXiv 2105.11108, whose equations were not read: as they are described): features of clicks by numpy, grades by
scikit-learn's DecisionTreeRegressor with squared error, and pairs of these by torch.nn.functional.margin_ranking_loss and autograd.

Between cuts that are alike good scikit-learn draws one, and the library takes the first: the seed is one by which twenty random states give
the same grades, and no feature lies within 1e-6 of a threshold, since scikit-learn reads features in float32.
"""
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.tree import DecisionTreeRegressor

sys.path.append(str(Path(__file__).parent.parent))
import query_losses  # noqa: E402
from vector import array, save, source  # noqa: E402

SEED = 35
PLACES = 10
SIZES = [6, 9, 13, 7, 11, 8, 14, 10, 12, 5]
LABELLED = [1, 2, 4, 7, 8]


def shown(rng, grades, expected):
    """Fifteen lists of the rows of each query, where the better rows and the higher places are clicked more."""
    made = []
    for own in grades:
        lists = []
        for _ in range(15):
            rows = np.argsort(np.arange(len(own)) + 1.5 * rng.normal(size=len(own)))[:PLACES]
            chances = (0.1 + 0.2 * own[rows]) * 0.85 ** np.arange(len(rows))
            clicks = chances if expected else (rng.random(len(rows)) < chances).astype(float)
            lists.append({"rows": rows.tolist(), "clicks": clicks.astype(np.float32).astype(float).tolist()})
        made.append(lists)
    return made


def features(queries):
    """By row: share of lists, click rate, clicks over those that are usual at its places, mean place, shares as the last click and passed over."""
    every = [one for lists in queries for one in lists]
    rates = [np.mean([one["clicks"][place] for one in every if len(one["rows"]) > place]) for place in range(PLACES)]
    made = []
    for size, lists in zip(SIZES, queries):
        rows = []
        for row in range(size):
            seen = [(one["rows"].index(row), np.array(one["clicks"])) for one in lists if row in one["rows"]]
            if not seen:
                rows.append([0.0, 0.0, 0.0, PLACES + 1.0, 0.0, 0.0])
                continue
            own = np.array([clicks[place] for place, clicks in seen])
            nothing_below = np.array([np.prod(1 - clicks[place + 1 :]) for place, clicks in seen])
            rows.append(
                [
                    len(seen) / len(lists),
                    own.mean(),
                    own.sum() / sum(rates[place] for place, _ in seen),
                    np.mean([place + 1 for place, _ in seen]),
                    (own * nothing_below).mean(),
                    ((1 - own) * (1 - nothing_below)).mean(),
                ]
            )
        made.append(np.array(rows))
    return made


def calibrated(expected, depth, leaf):
    rng = np.random.default_rng(SEED)
    grades = [rng.integers(0, 5, size) for size in SIZES]
    lists = shown(rng, grades, expected)
    found = features(lists)
    x, y = np.concatenate([found[query] for query in LABELLED]), np.concatenate([grades[query] for query in LABELLED])
    rows = np.concatenate(found)
    trees = [DecisionTreeRegressor(max_depth=depth, min_samples_leaf=leaf, random_state=state).fit(x, y) for state in range(20)]
    predicted = [tree.predict(rows) for tree in trees]
    if any((other != predicted[0]).any() for other in predicted):
        raise SystemExit(f"seed {SEED}: cuts tie")
    cuts = trees[0].tree_
    for feature, threshold in zip(cuts.feature, cuts.threshold):
        if feature >= 0 and np.abs(rows[:, feature] - threshold).min() < 1e-6:
            raise SystemExit(f"seed {SEED}: a row lies on a threshold")
    of_queries = np.split(predicted[0], np.cumsum(SIZES)[:-1])
    return {
        "name": "chances of clicks" if expected else "clicks",
        "config": {"depth": depth, "leaf": leaf},
        "lists": lists,
        "known": [[query, grades[query].tolist()] for query in LABELLED],
        "features": [array(torch.tensor(own)) for own in found],
        "grades": [
            grades[query].tolist() if query in LABELLED else array(torch.tensor(own)) for query, own in enumerate(of_queries)
        ],
        "leaves": int(cuts.n_leaves),
    }


def losses():
    """Grades of a few leaves, as a tree gives them: of one leaf they are equal, and make no pair."""
    rng = np.random.default_rng(29)
    groups = [7, 1, 12, 4]
    leaves = np.array([0.25, 0.3125, 1.4, 2.625]).astype(np.float32).astype(float)
    grades = leaves[rng.integers(0, len(leaves), sum(groups))]
    scores = rng.normal(0, 2, sum(groups)) + 0.7 * grades
    return [
        query_losses.case(name, query_losses.hinge, scores, own, groups, {"margin": margin})
        for margin in (1.0, 0.1)
        for name, own in (("fractional grades", grades), ("grades of one leaf", np.full(sum(groups), leaves[2])))
    ]


made = [calibrated(expected, depth, leaf) for expected, depth, leaf in ((False, 4, 5), (True, 3, 2))]
save(__file__, {"source": f"{source('torch')}; {source('scikit-learn')}", "cases": losses(), "calibrated": made})
