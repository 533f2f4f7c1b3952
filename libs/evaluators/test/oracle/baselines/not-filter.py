"""BM25 by PyPI bm25s of the words before `but not`; texts with a word behind it score −1."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import feedback  # noqa: E402
from vector import save  # noqa: E402

DOCUMENTS = feedback.collection()
WORDS = feedback.words(DOCUMENTS)
INDEX = feedback.index(WORDS)
QUERIES = {
    "whale hunts boat but not storm": ("whale hunts boat", "storm"),
    "the captain but not of gale Island": ("the captain", "gale island"),
    "oil oil mate": ("oil oil mate", ""),
}


def row(wanted, unwanted):
    found = feedback.scores(INDEX, feedback.words([wanted])[0], WORDS)
    barred = set(unwanted.split())
    return [-1 if barred & set(words) else score for words, score in zip(WORDS, found)]


save(
    __file__,
    {
        "source": feedback.SOURCE,
        "documents": DOCUMENTS,
        "queries": list(QUERIES),
        "cases": [{"config": {}, "scores": feedback.rounded([row(*parts) for parts in QUERIES.values()])}],
    },
)
