"""
What oracles of recipes share that ask for one thing but not for another: queries with their parts, and embeddings of these.
"""
import numpy as np

WIDTH = 6
SOURCE = f"numpy {np.__version__}, float64"
QUERIES = {
    "one word": ("white whales but not ships", ["white whales", "ships"]),
    "three words in capitals": ("Islands BUT NOT harbours  or reefs", ["Islands", "harbours", "or", "reefs"]),
    "everything": ("what is not there", ["what is not there"]),
}


def vector(asked, *configs, alone=False):
    """`asked(wanted, unwanted, **config)`, rows at length 1; alone: unwanted words are not encoded"""
    rng = np.random.default_rng(8)
    cases = []
    for config in configs:
        for name, (query, texts) in QUERIES.items():
            rows = rng.normal(size=(len(texts), WIDTH)).astype(np.float32).astype(float)
            if len(texts) > 3:
                # A word that says nothing that the others do not.
                rows[3] = rows[1] + rows[2]
            rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32).astype(float)
            if alone:
                rows, texts = rows[:1], texts[:1]
            cases.append(
                {
                    "name": name,
                    "config": config,
                    "query": query,
                    "texts": texts,
                    "parts": rows.tolist(),
                    "embedding": asked(rows[0], rows[1:], **config).tolist(),
                }
            )
    return {"source": SOURCE, "asked": cases}
