"""What oracles of baselines over BM25 share: a collection whose words repeat between documents, and BM25 of PyPI bm25s."""
import importlib.metadata

import bm25s
import numpy as np

SOURCE = f"bm25s {importlib.metadata.version('bm25s')}, numpy {np.__version__}, float64"
SUBJECTS = ["whale", "harpoon", "sail", "captain", "storm", "island", "oil", "mate", "gale", "mast", "reef", "boat"]
VERBS = ["hunts", "breaks", "sees", "leaves", "follows", "fears"]


def collection():
    rng = np.random.default_rng(5)
    pick = lambda words: words[rng.integers(len(words))]
    texts = []
    for at in range(60):
        about = pick(SUBJECTS)
        sentence = lambda: f"The {pick([about, about, *SUBJECTS])} {pick(VERBS)} the {pick(SUBJECTS)} of {pick(SUBJECTS)}s"
        texts.append(". ".join(sentence() for _ in range(1 + rng.integers(4))))
    return list(dict.fromkeys(texts))


QUERIES = ["whale hunts boat", "the captains fear a storm", "harpoons harpoon", "unknown words", "oil oil island"]


def words(texts):
    return bm25s.tokenize(texts, stopwords="en", return_ids=False, show_progress=False)


def index(documents, k1=1.2, b=0.75):
    made = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    made.index(documents, show_progress=False)
    return made


def scores(made, query, documents):
    """bm25s knows no query without a word of its own."""
    known = {word for document in documents for word in document}
    asked = [word for word in query if word in known]
    return np.asarray(made.get_scores(asked)) if asked else np.zeros(len(documents))


def rounded(rows):
    return [[float(f"{score:.10g}") for score in row] for row in rows]
