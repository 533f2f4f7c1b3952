"""
In-batch negatives: the cross-entropy of the softmax, at temperature 0.05, of cosines between a query and all documents of the batch, as
sentence-transformers' MultipleNegativesRankingLoss has it with `scale=20` (Karpukhin et al. 2020, arXiv 2004.04906; Gao et al. 2021, arXiv 2104.08821),
from the formula. Scores of queries are over a whole corpus, by the metrics of ir-measures; their loss has all documents that are not
relevant as negatives.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
import ranked  # noqa: E402
from losses import exact, gradient  # noqa: E402
from vector import save  # noqa: E402

TEMPERATURE = 0.05


def unit(rows):
    return rows / np.sqrt((rows**2).sum(axis=1, keepdims=True))


def minus_log_share(similarities, target, compared):
    """Of the target among what is compared with it, itself included."""
    scaled = np.array([similarities[at] for at in compared]) / TEMPERATURE
    largest = scaled.real.max()
    return largest + np.log(np.exp(scaled - largest).sum()) - similarities[target] / TEMPERATURE


def losses(embeddings, groups, targets, excluded):
    """The first row of each group is a query, all others are documents."""
    starts = np.cumsum([0, *groups[:-1]])
    rows = unit(embeddings)
    documents = [row for row in range(len(rows)) if row not in starts]
    found = []
    for query, (start, target) in enumerate(zip(starts, targets)):
        similarities = [(rows[start] * rows[document]).sum() for document in documents]
        compared = [at for at in range(len(documents)) if not excluded[query][at]]
        found.append(minus_log_share(similarities, target, compared))
    return found


def corpus_loss(similarities, grades):
    if grades.max() == 0:
        return 0.0
    target = int(np.argmax(grades))
    return minus_log_share(similarities, target, [target, *np.flatnonzero(grades == 0)])


def case(name, rng, groups, excluded, corpus, queries, width=5, spread=1.0):
    embeddings = exact(rng.normal(0, 1, (sum(groups), width)))
    count = sum(groups) - len(groups)
    # The first document of each query is the one to be found.
    targets = [sum(groups[:query]) - query for query in range(len(groups))]
    excluded = np.array([[int(pair in excluded) for pair in ((q, d) for d in range(count))] for q in range(len(groups))])
    similarities = exact(np.round(rng.uniform(-1, 1, (queries, corpus)) / spread) * spread if spread < 1 else rng.uniform(-1, 1, (queries, corpus)))
    grades = (rng.uniform(size=(queries, corpus)) < 0.05) * rng.integers(1, 4, (queries, corpus))
    grades[0] = 0  # A query without a relevant document.
    sizes = [corpus] * queries
    scored = ranked.metrics(similarities.flatten(), grades.flatten().astype(float), sizes, [0] * grades.size, deeper=[100])
    return {
        "name": name,
        "outputs": embeddings.tolist(),
        "values": [],
        "groups": groups,
        "targets": targets,
        "excluded": excluded.flatten().tolist(),
        "loss": float(np.mean(losses(embeddings, groups, targets, excluded))),
        "gradient": gradient(lambda moved: sum(losses(moved, groups, targets, excluded)) / len(groups), embeddings).tolist(),
        "searched": {"read": similarities.flatten().tolist(), "values": grades.flatten().tolist(), "groups": sizes},
        "recall": ranked.recall_curve(similarities.flatten(), grades.flatten().astype(float), sizes, 100),
        "columns": {"loss": [float(corpus_loss(row, own)) for row, own in zip(similarities, grades)], **scored},
    }


rng = np.random.default_rng(16)
save(
    __file__,
    {
        "source": ranked.SOURCE,
        "cases": [
            case("a document each", rng, [2, 2, 2, 2], set(), corpus=150, queries=4),
            case("negatives of their own, and pairs that are not compared", rng, [4, 2, 3], {(0, 3), (2, 0)}, corpus=40, queries=3),
            case("similarities that tie", rng, [3, 3], set(), corpus=120, queries=3, spread=0.25),
            case("one query, one document", rng, [2], set(), corpus=7, queries=2),
        ],
    },
)
