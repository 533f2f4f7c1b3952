"""
LoL from the equations of arXiv 2204.11545: of a query that is read with several numbers of feedback documents, the most first, the mean of
the losses of its readings, and lambda times the mean over pairs of what a reading loses more than one with fewer documents. The loss of
a reading is the cross-entropy over all documents of the relevant one that scores lowest, without the other relevant ones; both sides of a
comparison have a gradient, as in the authors' code (github.com/zycdev/LoL, trainer.py). Similarities are cosines over a temperature.
"""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import embedded  # noqa: E402
from vector import save  # noqa: E402


def reading(query, vectors, wanted, temperature):
    scores = vectors @ query / temperature
    target = min(wanted, key=lambda one: scores[one].item())
    compared = [one for one in range(len(vectors)) if one == target or one not in wanted]
    return torch.logsumexp(scores[compared], 0) - scores[target]


def lol(units, groups, documents, relevant, temperature, **weight):
    vectors = torch.tensor(documents)
    losses = []
    start = 0
    for size, wanted in zip(groups, relevant):
        rows = units[start : start + size]
        start += size
        if not wanted:
            continue
        own = [reading(row, vectors, wanted, temperature) for row in rows]
        pairs = [torch.relu(own[more] - own[fewer]) for more in range(size) for fewer in range(more + 1, size)]
        losses.append(torch.stack(own).mean() + (weight["lambda"] * torch.stack(pairs).mean() if pairs else 0))
    return torch.stack(losses).mean()


configs = [{"temperature": 0.1, "lambda": weight} for weight in (0.0, 1.0, 5.0)]
two, three = embedded.fixed(lol, 2, *configs), embedded.fixed(lol, 3, {"temperature": 1.0, "lambda": 2.0})
save(__file__, {**two, "embedded": [*two["embedded"], *three["embedded"]]})
