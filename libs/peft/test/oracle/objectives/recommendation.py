"""
BPR (Rendle et al. 2009, arXiv 1205.2618, section 4): the mean over interactions of -log sigma(<user, item> - <user, other>), from the formula.
Scores of users are over all items, but for those that they had before, by the metrics of ir-measures; their loss has every item that they
never had as the other.
"""
import sys
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import R, nDCG

sys.path.append(str(Path(__file__).parent.parent))
import ranked  # noqa: E402
from losses import exact, gradient  # noqa: E402
from vector import save  # noqa: E402


def softplus(x):
    return np.log(1 + np.exp(x))


def losses(vectors, groups):
    """Rows of a group are a user, the item that the user took, and others that the user never had."""
    found, start = [], 0
    for size in groups:
        user, item, *others = vectors[start : start + size]
        # With several others: the softmax over the item and all of them.
        scores = [(user * other).sum() - (user * item).sum() for other in others]
        found.append(softplus(scores[0]) if len(others) == 1 else np.log(1 + np.exp(np.array(scores)).sum()))
        start += size
    return found


def loss_over_items(scores, grades, lost):
    taken = [row for row in range(len(scores)) if grades[row] > 0 and not lost[row]]
    others = [row for row in range(len(scores)) if grades[row] == 0 and not lost[row]]
    pairs = [softplus(scores[other] - scores[item]) for item in taken for other in others]
    return float(np.mean(pairs)) if pairs else 0.0


def metrics(scores, grades, lost):
    """By user; of equal scores the item that was not taken stands first."""
    qrels, run = {}, {}
    for user, (own, taken, barred) in enumerate(zip(scores, grades, lost)):
        names = [f"{9 - int(grade)}-{item:04d}" for item, grade in enumerate(taken)]
        qrels[str(user)] = {name: int(grade) for name, grade in zip(names, taken) if grade > 0}
        run[str(user)] = {name: float(score) for name, score, bar in zip(names, own, barred) if not bar}
    found = {(m.query_id, str(m.measure)): m.value for m in ir_measures.iter_calc([R @ 20, nDCG @ 20], qrels, run)}
    columns = {"recall@20": "R@20", "ndcg@20": "nDCG@20"}
    return {name: [found[(str(user), measure)] for user in range(len(scores))] for name, measure in columns.items()}


def case(name, rng, groups, users, items, share=0.1, spread=1.0, width=6):
    vectors = exact(rng.normal(0, 1, (sum(groups), width)))
    documents = sum(groups) - len(groups)
    starts = [sum(groups[:unit]) - unit for unit in range(len(groups))]
    excluded = np.ones((len(groups), documents), int)
    for unit, (start, size) in enumerate(zip(starts, groups)):
        excluded[unit, start : start + size - 1] = 0
    scores = exact(np.round(rng.normal(0, 2, (users, items)) / spread) * spread if spread < 1 else rng.normal(0, 2, (users, items)))
    grades = (rng.uniform(size=(users, items)) < share).astype(int)
    grades[:, 3] = 1
    lost = ((rng.uniform(size=(users, items)) < 0.2) & (grades == 0)).astype(int)
    return {
        "name": name,
        "outputs": vectors.tolist(),
        "values": [],
        "groups": groups,
        "targets": starts,
        "excluded": excluded.flatten().tolist(),
        "loss": float(np.mean(losses(vectors, groups))),
        "gradient": gradient(lambda moved: sum(losses(moved, groups)) / len(groups), vectors).tolist(),
        "searched": {
            "read": scores.flatten().tolist(),
            "values": grades.flatten().tolist(),
            "groups": [items] * users,
            "lost": lost.flatten().tolist(),
        },
        "columns": {
            "loss": [loss_over_items(*each) for each in zip(scores, grades, lost)],
            **metrics(scores, grades, lost),
        },
    }


rng = np.random.default_rng(20)
save(
    __file__,
    {
        "source": ranked.SOURCE,
        "cases": [
            case("one other item each", rng, [3, 3, 3, 3, 3], users=4, items=70),
            case("several other items", rng, [5, 3, 4], users=3, items=40, share=0.6),
            case("scores that tie", rng, [3, 3], users=3, items=60, spread=0.5),
            case("fewer items than are looked at", rng, [3], users=2, items=9),
        ],
    },
)
