"""
The task `clicks` drawn anew from its description (docs/tasks.md), and what a model that knew the truth would score. The random
numbers are those of the library: xoroshiro128+ of words of 32 bits whose first state is SHA-256 of a label, uniform numbers of
53 bits, and the cosine half of Box-Muller for normal ones.
"""
import hashlib
import json
import math
from bisect import bisect_right
from itertools import accumulate, combinations
from pathlib import Path

import numpy as np
from scipy.stats import mannwhitneyu

SEED = 2024
CARDINALITIES = [1200, 600, 300, 150, 80, 40, 20, 10]
SIZES = {"train": 100_000, "validation": 5_000, "test": 5_000}
WORD = 0xFFFFFFFF


class Stream:
    def __init__(self, text):
        digest = hashlib.sha256(text.encode()).digest()
        self.key = [int.from_bytes(digest[4 * i : 4 * i + 4], "little", signed=True) for i in range(4)]
        s01, s00, s11, s10 = (word & WORD for word in self.key)
        # Two words of 64 bits.
        self.a, self.b = s01 << 32 | s00, s11 << 32 | s10

    def fork(self, label):
        return Stream(",".join(map(str, self.key)) + "/" + label)

    def word(self):
        a, b = self.a, self.b
        out = (a + b) & WORD
        b ^= a
        self.a = ((a << 24 | a >> 40) ^ b ^ b << 16) & 0xFFFFFFFFFFFFFFFF
        self.b = (b << 37 | b >> 27) & 0xFFFFFFFFFFFFFFFF
        return out

    def uniform(self):
        high = self.word() >> 5
        return (high * 0x4000000 + (self.word() >> 6)) / 2**53

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())


def traits(count, stream):
    """Of every id a weight and a vector of two entries."""
    return [(0.3 * stream.normal(), [0.4 * stream.normal() for _ in range(2)]) for _ in range(count)]


def logit(own):
    pairs = sum(v[0] * u[0] + v[1] * u[1] for (_, v), (_, u) in combinations(own, 2))
    return -1.4 + sum(w for w, _ in own) + pairs + math.tanh(sum(v[0] for _, v in own))


root = Stream(f"seed/{SEED}")
known = [traits(count, root.fork(f"field {field}")) for field, count in enumerate(CARDINALITIES)]
shares = []
for count in CARDINALITIES:
    weights = [(k + 1) ** -1.05 for k in range(count)]
    total = sum(weights)
    shares.append([s / total for s in accumulate(weights)])


def draw(name):
    stream = root.fork(name)
    ids, clicks, logits = [], [], []
    for _ in range(SIZES[name]):
        own = [bisect_right(cumulative, stream.uniform()) for cumulative in shares]
        z = logit([known[field][k] for field, k in enumerate(own)])
        ids.append(own)
        logits.append(z)
        clicks.append(int(stream.uniform() < 1 / (1 + math.exp(-z))))
    return np.array(ids, dtype="<i4"), np.array(clicks, dtype="<i4"), np.array(logits)


def truth(name):
    ids, clicks, logits = draw(name)
    p = 1 / (1 + np.exp(-logits))
    won = mannwhitneyu(logits[clicks == 1], logits[clicks == 0]).statistic
    share = clicks.mean()
    return {
        "examples": len(clicks),
        "sha256": hashlib.sha256(ids.tobytes() + clicks.tobytes()).hexdigest(),
        "clicks": int(clicks.sum()),
        # Of whoever knows every probability, on the clicks that were drawn and on average over draws.
        "logLoss": float(-np.mean(np.where(clicks == 1, np.log(p), np.log1p(-p)))),
        "expectedLogLoss": float(-np.mean(p * np.log(p) + (1 - p) * np.log1p(-p))),
        "auc": float(won / (clicks.sum() * (1 - clicks).sum())),
        # Of whoever knows no more than how often there is a click.
        "shareLogLoss": float(-(share * math.log(share) + (1 - share) * math.log(1 - share))),
        "logits": [float(f"{z:.12g}") for z in logits[:20]],
    }


path = Path(__file__).parents[2] / "vectors/simulated/clicks.json"
path.write_text(json.dumps({"splits": {name: truth(name) for name in SIZES}}, indent=1) + "\n")
print({name: {k: v for k, v in truth.items() if k != "logits"} for name, truth in json.loads(path.read_text())["splits"].items()})
