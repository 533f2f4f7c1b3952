"""
What oracles of rankings share: queries with graded rows, and metrics of ir-measures (trec_eval's by pytrec_eval) for each query.
Names of documents make the order of equal scores what the library says: trec_eval takes the larger name first.
"""
import importlib.metadata

import ir_measures
import numpy as np
from ir_measures import AP, R, RR, nDCG

from losses import exact, gradient

# RR@10 is not trec_eval's, and its provider takes equal scores in another order: it is made of RR, and compared where none tie.
MEASURES = {"ndcg@10": nDCG @ 10, "rr@10": RR, "ap": AP, "recall@10": R @ 10}
SOURCE = f"ir-measures {importlib.metadata.version('ir-measures')}, numpy {np.__version__}, float64"


def metrics(scores, grades, groups, lost, deeper=()):
    """
    By query: the lower grade has the larger name, which stands first among equal scores. A run has no row that is lost.

    deeper: further ranks down to which the recall is taken
    """
    measures = {**MEASURES, **{f"recall@{rank}": R @ rank for rank in deeper}}
    starts = np.cumsum([0, *groups[:-1]])
    qrels, run = {}, {}
    for query, (start, size) in enumerate(zip(starts, groups)):
        names = [f"{9 - int(grades[start + row])}-{row:04d}" for row in range(size)]
        qrels[str(query)] = {name: int(grades[start + row]) for row, name in enumerate(names)}
        run[str(query)] = {name: float(scores[start + row]) for row, name in enumerate(names) if not lost[start + row]}
    found = {
        (m.query_id, str(m.measure)): m.value
        for m in ir_measures.iter_calc([*measures.values(), RR @ 10], qrels, run)
    }
    # A query without a relevant row may be left out; it scores nothing here.
    values = {
        name: [found.get((str(query), str(measure)), 0.0) for query in range(len(groups))]
        for name, measure in measures.items()
    }
    values["rr@10"] = [value if value >= 1 / 10 else 0.0 for value in values["rr@10"]]
    if len(set(scores)) == len(scores):
        assert values["rr@10"] == [found.get((str(query), "RR@10"), 0.0) for query in range(len(groups))]
    return values


def recall_curve(scores, grades, groups, most):
    """The mean over queries of the recall down to each rank from 1."""
    ranks = range(1, min(most, max(groups)) + 1)
    found = metrics(scores, grades, groups, [0] * len(grades), deeper=ranks)
    return [float(np.mean(found[f"recall@{rank}"])) for rank in ranks]


def softmax_cross_entropy(scores, grades):
    """Of one query, of the shares of its grades; a query without a relevant row has no loss."""
    if grades.sum() == 0:
        return 0 * scores.sum()
    shifted = scores - scores.real.max()
    return -(grades / grades.sum() * (shifted - np.log(np.exp(shifted).sum()))).sum()


def case(name, query_loss, scores, grades, groups, lost=None):
    """`query_loss(scores, grades)` of one query; the loss is the mean over queries."""
    scores, grades, groups = exact(scores), np.asarray(grades, float), [int(size) for size in groups]
    ends = np.cumsum(groups)
    lost = [0] * len(grades) if lost is None else [int(row) for row in lost]

    def losses(values):
        return [query_loss(values[end - size : end], grades[end - size : end]) for size, end in zip(groups, ends)]

    return {
        "name": name,
        "outputs": [[score] for score in scores],
        "values": grades.tolist(),
        "groups": groups,
        **({"lost": lost} if any(lost) else {}),
        "loss": float(np.mean(losses(scores))),
        "gradient": gradient(lambda values: sum(losses(values)) / len(groups), scores)[:, None].tolist(),
        "columns": {"loss": [float(loss) for loss in losses(scores)], **metrics(scores, grades, groups, lost)},
    }


def cases(query_loss):
    rng = np.random.default_rng(11)
    groups = [7, 1, 12, 15, 4]
    grades = np.concatenate([rng.integers(0, 4, size) for size in groups])
    grades[7] = 0  # The only row of its query, and not relevant.
    scores = rng.normal(0, 2, sum(groups)) + 0.7 * grades
    even = np.tile([0, 2, 0, 1], 3)
    return [
        case("queries of different length", query_loss, scores, grades, groups),
        case("scores that tie", query_loss, np.round(scores / 3), grades, groups),
        case("no row told from another", query_loss, np.zeros(12), even, [4, 4, 4]),
        case("scores far apart", query_loss, 60 * rng.normal(0, 2, 12), even, [6, 6]),
        case("no grades that differ", query_loss, rng.normal(0, 1, 5), np.zeros(5), [3, 2]),
        case("rows that a search did not find", query_loss, scores, grades, groups, rng.integers(0, 3, len(grades)) == 0),
    ]
