"""Sums over the texts of a target of PyPI bm25s scores (`method="lucene"`) of the candidates, tokens being words."""
import importlib.metadata
import sys
from pathlib import Path

import bm25s
import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

rng = np.random.default_rng(4)
CANDIDATES = [rng.integers(0, 30, rng.integers(3, 12)).tolist() for _ in range(40)]
TARGETS = [rng.integers(0, 12, rng.integers(3, 12)).tolist() for _ in range(6)]
words = lambda texts: [[str(token) for token in text] for text in texts]
index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, dtype="float64")
index.index(words(CANDIDATES), show_progress=False)
scores = sum(index.get_scores([word for word in text if word in index.vocab_dict]) for text in words(TARGETS))
cases = [
    {
        "name": f"{count} of {len(CANDIDATES)}",
        "config": {},
        "candidateTokens": CANDIDATES,
        "targetTokens": TARGETS,
        "count": count,
        "chosen": sorted(np.argsort(-scores, kind="stable")[:count].tolist()),
    }
    for count in (1, 8, 40)
]
save(__file__, {"source": f"bm25s {importlib.metadata.version('bm25s')}, float64", "selections": cases})
