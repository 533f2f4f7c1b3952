"""
Scores of PyPI bm25s with its own words: `method="lucene"`, which is Lucene's BM25 with exact lengths, and `tokenize` with the stop
words of Lucene or with none. Texts have words that repeat, letters of other scripts, numbers, a word of one letter, and no word at all.
"""
import importlib.metadata
import sys
from pathlib import Path

import bm25s

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

DOCUMENTS = [
    "Call me Ishmael. Some years ago, never mind how long precisely, I went to sea.",
    "The whale, the white whale: THE WHALE was seen off the Cape in 1851!",
    "It is not down in any map; true places never are.",
    "Größe und Straße: die Wale im Meer, naïve déjà-vu, snake_case and x y z.",
    "...",
    "кит белый кит, 鯨は海 — 鲸 in the sea of seas",
    "whale " * 30 + "ship",
]
QUERIES = [
    "white whale",
    "whale whale sea",
    "the a of",
    "STRASSE Straße größe",
    "кит 鯨は海",
    "never 1851 snake_case",
    "unknown words only",
    "",
]
LISTS = {"english": "en", "none": []}


def case(k1, b, stop_words):
    words = lambda texts: bm25s.tokenize(texts, stopwords=LISTS[stop_words], return_ids=False, show_progress=False)
    index = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    index.index(words(DOCUMENTS), show_progress=False)
    scores = [index.get_scores(query) if query else [0.0] * len(DOCUMENTS) for query in words(QUERIES)]
    return {
        "config": {"k1": k1, "b": b, "stopWords": stop_words},
        "words": words(DOCUMENTS),
        "scores": [[float(f"{score:.10g}") for score in row] for row in scores],
    }


save(
    __file__,
    {
        "source": f"bm25s {importlib.metadata.version('bm25s')}, float64",
        "documents": DOCUMENTS,
        "queries": QUERIES,
        "cases": [case(k1, b, words) for k1, b in [(1.2, 0.75), (0.9, 0.4), (0, 1), (2, 0)] for words in LISTS],
    },
)
