"""
Pairwise ranking prompting as the paper has it (Qin et al. 2023, arXiv 2306.17563, sections 3.2 and 3.3), by a comparator that is fixed:
`first_wins[a][b]` says whether a wins when it is shown before b. It is drawn once from P = sigmoid(strength * (grade a - grade b) + bias):
a bias is for what is shown first.

- all pairs: 1 for a pair that is won in both orders, 1/2 where the orders disagree; equal sums keep the order of the first search.
- sorting: Heapsort; where the orders disagree the first search decides, which the paper leaves open.
- sliding: passes of bubble sort from the bottom, a swap only where both orders say so; pass k (from 0) stops below place k.
"""
import functools
import math
import random
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

COUNT = 20


class Judge:
    def __init__(self, first_wins, both):
        self.first_wins, self.both = first_wins, both
        self.calls = self.pairs = self.agreeing = 0

    def ask(self, first, second):
        self.calls += 1
        return self.first_wins[first][second]

    def __call__(self, a, b):
        """1: a is better; -1: b is; 0: it cannot be told."""
        if not self.both:
            return 1 if self.ask(a, b) else -1
        forward, backward = self.ask(a, b), self.ask(b, a)
        self.pairs += 1
        if forward == backward:  # the first that is shown wins twice, or loses twice
            return 0
        self.agreeing += 1
        return 1 if forward else -1


def all_pairs(n, judge):
    score = [0.0] * n
    for i in range(n):
        for j in range(i + 1, n):
            said = judge(i, j)
            score[i] += {1: 1, 0: 0.5, -1: 0}[said]
            score[j] += {1: 0, 0: 0.5, -1: 1}[said]
    return sorted(range(n), key=lambda i: (-score[i], i))


def sorting(n, judge):
    """Heapsort of CLRS with a heap whose root is the least relevant, so that the array ends in descending relevance."""
    array = list(range(n))

    def less_relevant(x, y):
        return (judge(x, y) or (1 if x < y else -1)) < 0

    def heapify(size, i):
        least = i
        for child in (2 * i + 1, 2 * i + 2):
            if child < size and less_relevant(array[child], array[least]):
                least = child
        if least != i:
            array[i], array[least] = array[least], array[i]
            heapify(size, least)

    for i in range(n // 2 - 1, -1, -1):
        heapify(n, i)
    for size in range(n - 1, 0, -1):
        array[0], array[size] = array[size], array[0]
        heapify(size, 0)
    return array


def sliding(n, judge, passes):
    array = list(range(n))
    for done in range(passes):
        for low in range(n - 1, done, -1):
            if judge(array[low - 1], array[low]) == -1:
                array[low - 1], array[low] = array[low], array[low - 1]
    return array


def ndcg(grades, order, cut=10):
    gain = lambda ranked: sum(g / math.log2(place + 2) for place, g in enumerate(ranked[:cut]))
    return gain([grades[i] for i in order]) / gain(sorted(grades, reverse=True))


ORDERINGS = {
    "all-pairs": all_pairs,
    "sorting": sorting,
    **{f"sliding {k}": functools.partial(sliding, passes=k) for k in (1, 5, 10)},
}


def case(name, strength, bias, seed):
    draw = random.Random(seed)
    grades = [draw.choice([0, 0, 1, 2, 3]) for _ in range(COUNT)]
    chance = lambda a, b: 1 / (1 + math.exp(-(strength * (grades[a] - grades[b]) + bias)))
    wins = [[draw.random() < chance(a, b) for b in range(COUNT)] for a in range(COUNT)]
    runs = []
    for ordering, run in ORDERINGS.items():
        for both in (True, False):
            judge = Judge(wins, both)
            order = run(COUNT, judge)
            kind, _, passes = ordering.partition(" ")
            runs.append(
                {
                    "config": {
                        "ordering": kind,
                        "orders": "both" if both else "one",
                        **({"passes": int(passes)} if passes else {}),
                    },
                    "order": order,
                    "calls": judge.calls,
                    "pairs": judge.pairs,
                    "agreeing": judge.agreeing,
                    "ndcg": round(ndcg(grades, order), 12),
                }
            )
    return {
        "name": name,
        "grades": grades,
        "firstWins": ["".join("1" if win else "0" for win in row) for row in wins],
        "start": round(ndcg(grades, range(COUNT)), 12),
        "runs": runs,
    }


save(
    __file__,
    {
        "source": "arXiv 2306.17563, Python floats",
        "cases": [
            case("no bias", 2, 0, 1),
            case("a bias for the first", 2, 1, 2),
            case("a strong bias for the first", 2, 3, 3),
            case("knows little", 0.3, 0, 4),
        ],
    },
)
