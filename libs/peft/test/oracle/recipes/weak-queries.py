"""
Queries of documents by the words that weigh most by BM25, and which of them find their document among the first k: by PyPI bm25s with
method="lucene", the scores and ranks of which are taken, and words as `[a-z0-9_]{2,}` in lower case without Lucene's English stop words.
"""
import importlib.metadata
import re
import sys
from pathlib import Path

import bm25s
import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

STOP = set(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with".split()
)
NOUNS = "whale ship harpoon sea captain sail night storm crew island boat lantern rope anchor".split()


def words(text):
    return [word for word in re.findall(r"\w\w+", text.lower()) if word not in STOP]


def document(rng):
    picked = rng.choice(NOUNS, 9, p=np.arange(len(NOUNS), 0, -1) / sum(range(1, len(NOUNS) + 1)))
    first, second = " ".join(picked[:4]), " ".join(picked[4:])
    return f"The {first} and the sea. A {second}!"


rng = np.random.default_rng(13)
documents = list(dict.fromkeys(document(rng) for _ in range(40)))
corpus = [words(text) for text in documents]
retriever = bm25s.BM25(method="lucene", k1=1.2, b=0.75, dtype="float64")
retriever.index(corpus, show_progress=False)


def scores(terms):
    return sum((retriever.get_scores([term]) for term in terms), np.zeros(len(documents)))


def keywords(at, count):
    weights = {word: scores([word])[at] for word in corpus[at]}
    return " ".join(sorted(weights, key=lambda word: (-round(float(weights[word]), 9), word))[:count])


def first_sentence(at, count):
    return " ".join(documents[at].split(". ")[0].rstrip(".").split()[:count]) + ("." if len(documents[at].split(". ")[0].split()) <= count else "")


def rank(at, query):
    found = scores(words(query)).round(9)
    return int(sum(found > found[at]) + sum(found[:at] == found[at])) + 1


CASES = [("keywords", 2, 3), ("keywords", 4, 1), ("first-sentence", 5, 2), ("first-sentence", 20, 1)]
save(
    __file__,
    {
        "source": f"bm25s {importlib.metadata.version('bm25s')}, numpy {np.__version__}",
        "documents": documents,
        "weak": [
            {
                "source": source,
                "words": count,
                "filter": k,
                "queries": (queries := [(keywords if source == "keywords" else first_sentence)(at, count) for at in range(len(documents))]),
                "kept": [rank(at, query) <= k for at, query in enumerate(queries)],
            }
            for source, count, k in CASES
        ],
    },
)
