"""
Imitation of a black-box ranker from its orders, and triggers against the imitation (Order-Disorder, Liu et al. 2022, arXiv 2209.06506), in
numpy, on RANK-BOW: 200 words with vectors of width 24, queries of 3 words, 30 documents of 12. The ranker is a bilinear form of sums of
vectors with a small tanh network beside it; the imitation is a bilinear form that learns by AdaGrad from pairs of the first ten and
the last ten of an order. The five worst documents of 60 queries get a prefix of three words.

`topic` is the same world with groups of five queries that share two words: the trigger for the mean of the group and those for each
query, of which the ranker says the best.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from drawn import Stream  # noqa: E402
from vector import save  # noqa: E402

WORDS, WIDTH, HIDDEN, ROWS, LENGTH, TRIGGER = 200, 24, 48, 30, 12, 3


class World:
    def __init__(self, seed):
        self.draw = draw = Stream(seed)
        matrix = lambda rows, columns: np.array(draw.normals(rows * columns)).reshape(rows, columns)  # noqa: E731
        self.E = matrix(WORDS, WIDTH) / np.sqrt(WIDTH)
        self.A = np.eye(WIDTH) + 0.3 * matrix(WIDTH, WIDTH)
        self.W = matrix(2 * WIDTH, HIDDEN) / np.sqrt(WIDTH)
        self.w = np.array(draw.normals(HIDDEN)) / np.sqrt(HIDDEN) * 0.15

    def query(self):
        return self.draw.integers(3, WORDS)

    def documents(self):
        return np.array(self.draw.integers(ROWS * LENGTH, WORDS)).reshape(ROWS, LENGTH)

    def text(self, documents):
        return self.E[documents].mean(1) * np.sqrt(documents.shape[1])

    def sum(self, query):
        return self.E[query].sum(0)

    def ranker(self, query, documents):
        e, q = self.text(documents), self.sum(query)
        both = np.concatenate([np.tile(q, (len(e), 1)), e], 1)
        return (q @ self.A * e).sum(1) + np.tanh(both @ self.W) @ self.w


def imitate(world, lists):
    B = np.zeros((WIDTH, WIDTH))
    squares = np.full_like(B, 1e-2)
    for _ in range(lists):
        query, documents = world.query(), world.documents()
        order = np.argsort(-world.ranker(query, documents), kind="stable")
        q, e = world.sum(query), world.text(documents)
        better, worse = world.draw.integers(40, 10), world.draw.integers(40, 10)
        difference = e[order[better]] - e[order[20 + np.array(worse)]]
        p = 1 / (1 + np.exp(difference @ (B.T @ q)))
        gradient = -np.outer(q, (p[:, None] * difference).mean(0)) + 1e-4 * B
        squares += gradient**2
        B -= 0.3 * gradient / np.sqrt(squares)
    return B


def agreement(world, B):
    shares = []
    for _ in range(30):
        query, documents = world.query(), world.documents()
        a, b = world.ranker(query, documents), world.text(documents) @ (B.T @ world.sum(query))
        shares += [np.sign(a[i] - a[j]) == np.sign(b[i] - b[j]) for i in range(ROWS) for j in range(i)]
    return float(np.mean(shares))


def place(others, score):
    return int((others > score).sum())


def largest(values, count):
    return np.argsort(-values, kind="stable")[:count]


def attacks(world, B, seed):
    asked = [(world.query(), world.documents()) for _ in range(60)]
    chance = Stream(1000 + seed)
    boosts = {name: [] for name in ("order-disorder", "random-trigger", "query-copy", "white-box")}
    for query, documents in asked:
        q = world.sum(query)
        scores = world.ranker(query, documents)
        triggers = {
            "order-disorder": largest(world.E @ (B.T @ q), TRIGGER),
            "query-copy": np.array(query[:TRIGGER]),
            "white-box": largest(world.E @ (world.A.T @ q), TRIGGER),
        }
        for target in np.argsort(-scores, kind="stable")[-5:]:
            triggers["random-trigger"] = np.array(chance.integers(TRIGGER, WORDS))
            before = place(np.delete(scores, target), scores[target])
            for name, trigger in triggers.items():
                text = np.concatenate([trigger, documents[target]])[None]
                after = place(np.delete(scores, target), world.ranker(query, text)[0])
                boosts[name].append((after < before, before - after, after < 10))
    names = ("boostSuccess", "boost", "enteredTop")
    return {name: dict(zip(names, map(float, np.mean(each, 0)))) for name, each in boosts.items()}


def run(seed, lists):
    world = World(seed)
    B = imitate(world, lists)
    return {"seed": seed, "lists": lists, "agreement": agreement(world, B), "attacks": attacks(world, B, seed)}


def topic(seed, lists, groups):
    world = World(seed)
    B = imitate(world, lists)
    made = []
    for _ in range(groups):
        shared = world.draw.integers(2, WORDS)
        members = [(shared + [world.draw.integer(WORDS)], world.documents()) for _ in range(5)]
        sums = [world.sum(query) for query, _ in members]
        triggers = [largest(world.E @ (B.T @ q), TRIGGER) for q in [np.mean(sums, 0), *sums]]
        first_query, first_documents = members[0]
        text = first_documents[np.argsort(-world.ranker(first_query, first_documents), kind="stable")[-1]]
        raised = []
        for trigger in triggers:
            places = []
            for query, documents in members:
                others = world.ranker(query, np.array([d for d in documents if list(d) != list(text)]))
                changed = np.concatenate([trigger, text])[None]
                places.append((place(others, world.ranker(query, text[None])[0]), place(others, world.ranker(query, changed)[0])))
            raised.append((sum(after < before for before, after in places), sum(before - after for before, after in places)))
        best = max(range(len(raised)), key=lambda at: (raised[at][0], raised[at][1], -at))
        made.append({"raised": [count for count, _ in raised], "gained": [gain for _, gain in raised], "best": best})
    return {"seed": seed, "lists": lists, "groups": made}


save(
    __file__,
    {
        "source": "arXiv 2209.06506, numpy",
        "runs": [run(seed, lists) for lists in (20, 200, 1000) for seed in range(3)],
        "topic": topic(7, 200, 10),
    },
)
