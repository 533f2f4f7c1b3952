"""
The certificate of CertDR (Wu et al. 2022, arXiv 2209.06691) where all can be counted (CERT-RING): three rings of 12 synonyms; a word is
smoothed over the nine nearest of its ring and attacked by its two neighbours; eight documents of three words, K = 2. Smoothed scores are
sums over all 729 drawn texts, and every attack on R words of every document behind the first two is tried.

`certified` lets each document rise from its own score; `certifiedByPaper` lets the best one behind the K-th rise by the largest bound.
"""
import itertools
import math
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from drawn import Stream  # noqa: E402
from vector import save  # noqa: E402

RING, SET, LENGTH, DOCUMENTS, K = 12, 9, 3, 8, 2


def smoothing(word, size=SET):
    ring, at = divmod(word, RING)
    half = size // 2
    return [ring * RING + (at + step) % RING for step in range(-half, half + 1)]


def attack(word):
    ring, at = divmod(word, RING)
    return [ring * RING + (at - 1) % RING, ring * RING + (at + 1) % RING]


def kept(word):
    own = set(smoothing(word))
    return min(len(own & set(smoothing(s))) / max(len(own), len(smoothing(s))) for s in attack(word))


def instance(seed):
    draw = Stream(seed)
    base = np.array([2.0, 0.0, -2.0]).repeat(RING)
    embedding = 4 * (0.35 * np.array(draw.normals(3 * RING)) + 0.5 * base)
    pair = 0.3 * np.array(draw.normals(3 * RING))
    documents = []
    for at in range(DOCUMENTS):
        ring = 0 if at < K else (2 if draw.uniform() < 0.7 else 1)
        documents.append(np.array([ring * RING + w for w in draw.integers(LENGTH, RING)]))

    def score(texts):
        own = embedding[texts].sum(1) / LENGTH * 1.5
        return 1 / (1 + np.exp(-(own + (embedding[texts[:, :-1]] * pair[texts[:, 1:]]).sum(1) / LENGTH)))

    def smoothed(document):
        return score(np.array(list(itertools.product(*[smoothing(w) for w in document])))).mean()

    scores = np.array([smoothed(document) for document in documents])
    order = np.argsort(-scores, kind="stable")
    by_edits = []
    for edits in range(1, LENGTH + 1):
        bounds = [1 - math.prod(sorted(kept(w) for w in documents[at])[:edits]) for at in order]
        least = min(scores[order[K - 1]] - scores[order[j]] - bounds[j] for j in range(K, DOCUMENTS))
        paper = scores[order[K - 1]] - scores[order[K]] - max(bounds[K:])
        best, slack = -1.0, math.inf
        for j in range(K, DOCUMENTS):
            for places in itertools.combinations(range(LENGTH), edits):
                for words in itertools.product(*[attack(documents[order[j]][p]) for p in places]):
                    changed = documents[order[j]].copy()
                    changed[list(places)] = words
                    value = smoothed(changed)
                    best = max(best, value)
                    slack = min(slack, bounds[j] - (value - scores[order[j]]))
        by_edits.append(
            {
                "margin": float(least),
                "certified": bool(least > 0),
                "certifiedByPaper": bool(paper > 0),
                "broken": bool(best >= scores[order[K - 1]]),
                "reached": float(best),
                "slack": float(slack),
            }
        )
    return {"seed": seed, "scores": [float(s) for s in scores], "byEdits": by_edits}


save(
    __file__,
    {
        "source": "arXiv 2209.06691, counted in numpy",
        "instances": [instance(seed) for seed in range(20)],
        "hoeffding": [{"samples": n, "error": math.sqrt(math.log(2 / 0.05) / (2 * n))} for n in (1000, 2000)],
    },
)
