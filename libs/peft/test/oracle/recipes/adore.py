"""
ADORE as in the authors' code (github.com/jingtaozhan/DRhard, adore/train.py): of the documents that a query ranks first, with the relevant
ones behind them where none is among them, the logistic loss of each pair of a relevant and another one times the difference of their
reciprocal ranks, from a rank on 0; the mean over ordered pairs, and over queries that have a relevant document. Both orders of a pair are
taken, as there, and ranks have no gradient. Cosines over a temperature stand in the place of inner products.
"""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
import embedded  # noqa: E402
from vector import save  # noqa: E402


def adore(units, groups, documents, relevant, temperature, top_k, cut=None):
    vectors = torch.tensor(documents)
    losses = []
    for query, wanted in enumerate(relevant):
        if not wanted:
            continue
        scores = vectors @ units[query] / temperature
        found = torch.sort(scores.detach(), descending=True, stable=True).indices[:top_k].tolist()
        if not set(found) & set(wanted):
            found = found + wanted
        labels = torch.tensor([float(one in wanted) for one in found])
        difference = labels[:, None] - labels[None, :]
        better, worse = (difference > 0).double(), (difference < 0).double()
        own = scores[found]
        apart = own[:, None] - own[None, :]
        loss = better * torch.log1p(torch.exp(-apart)) + worse * torch.log1p(torch.exp(apart))
        reciprocal = 1 / torch.arange(1, 1 + len(found)).double()
        if cut is not None:
            reciprocal[cut:] = 0
        weights = (reciprocal[:, None] - reciprocal[None, :]).abs()
        losses.append((loss * weights).sum() / (2 * better.sum()))
    return torch.stack(losses).mean()


save(
    __file__,
    embedded.fixed(
        adore,
        1,
        {"temperature": 0.05, "top_k": 8},
        {"temperature": 1.0, "top_k": 30, "cut": 5},
        {"temperature": 0.2, "top_k": 2, "cut": 1},
    ),
)
