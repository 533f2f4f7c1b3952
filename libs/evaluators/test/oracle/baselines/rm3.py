"""
RM3 (Abdul-Jaleel et al. 2004, "UMass at TREC 2004: Novelty and HARD") as Anserini and pyserini have it (Rm3Reranker: the most frequent words of each first
document, but for those of more than a tenth of the collection, weighed by its score), from the formula, over PyPI bm25s. Words are
those of bm25s: Anserini takes letters of the Latin alphabet and figures alone.
"""
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
import feedback  # noqa: E402
from vector import save  # noqa: E402

DOCUMENTS = feedback.collection()
WORDS = feedback.words(DOCUMENTS)
INDEX = feedback.index(WORDS)
COMMON = 0.1


def unit(weights):
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def pruned(weights, most):
    return dict(sorted(weights.items(), key=lambda one: (-one[1], one[0]))[:most])


def share(word):
    return sum(word in document for document in WORDS) / len(WORDS)


def expanded(query, documents, terms, original):
    scores = feedback.scores(INDEX, query, WORDS)
    first = [at for at in np.lexsort((np.arange(len(scores)), -np.round(scores, 10))) if scores[at] > 0][:documents]
    model = Counter()
    for at in first:
        telling = {word: count for word, count in Counter(WORDS[at]).items() if share(word) <= COMMON}
        for word, weight in unit(pruned(telling, terms)).items():
            model[word] += weight * scores[at]
    found, asked = unit(pruned(model, terms)), unit(Counter(query))
    return {word: original * asked.get(word, 0) + (1 - original) * found.get(word, 0) for word in {**asked, **found}}


def case(documents, terms, original):
    alone = lambda word: feedback.scores(INDEX, [word], WORDS)
    rows = [
        sum((weight * alone(word) for word, weight in expanded(query, documents, terms, original).items()), np.zeros(len(WORDS)))
        for query in feedback.words(feedback.QUERIES)
    ]
    return {
        "config": {"documents": documents, "terms": terms, "originalWeight": original},
        "scores": feedback.rounded(rows),
    }


save(
    __file__,
    {
        "source": feedback.SOURCE,
        "documents": DOCUMENTS,
        "queries": feedback.QUERIES,
        "cases": [case(10, 10, 0.5), case(3, 2, 0.2), case(5, 20, 1)],
    },
)
