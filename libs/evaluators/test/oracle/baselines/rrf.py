"""
Reciprocal rank fusion (Cormack et al. 2009, doi 10.1145/1571941.1572114), from the formula, of two orders by PyPI bm25s: of words, and of runs
of three letters. A document that scores nothing is in no order; equal scores share the best rank of theirs.
"""
import sys
from pathlib import Path

import bm25s

sys.path.append(str(Path(__file__).parent.parent))
import feedback  # noqa: E402
from vector import save  # noqa: E402


def trigrams(texts):
    of = lambda word: [f" {word} "[at : at + 3] for at in range(len(word))]
    tokens = bm25s.tokenize(texts, stopwords=[], return_ids=False, show_progress=False)
    return [[run for word in text for run in of(word)] for text in tokens]


def fused(orders, k):
    """Loops over every pair of documents, so that a rank is counted and not looked up."""
    rank = lambda order, at: 1 + sum(other > order[at] for other in order)
    return [sum(1 / (k + rank(order, at)) for order in orders if order[at] > 0) for at in range(len(orders[0]))]


DOCUMENTS = feedback.collection()
FORMS = [(make(DOCUMENTS), make(feedback.QUERIES)) for make in (feedback.words, trigrams)]
INDEXES = [feedback.index(documents) for documents, _ in FORMS]


def case(k):
    rows = []
    for query in range(len(feedback.QUERIES)):
        orders = [
            feedback.scores(index, asked[query], documents) for index, (documents, asked) in zip(INDEXES, FORMS)
        ]
        # Sums of equal terms in another order differ in the last bits.
        rows.append(fused([[round(score, 10) for score in order] for order in orders], k))
    return {"config": {"k": k}, "scores": feedback.rounded(rows)}


save(
    __file__,
    {
        "source": feedback.SOURCE,
        "documents": DOCUMENTS,
        "queries": feedback.QUERIES,
        "cases": [case(60), case(0)],
    },
)
