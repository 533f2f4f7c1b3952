"""
STAR as in the authors' code (github.com/jingtaozhan/DRhard, model.py, inbatch_train): the logistic loss of every query with its own document
against all documents of the batch that are not relevant to it, hard negatives among them, under one mean; of cosines over a temperature.
"""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import embedded  # noqa: E402
from vector import save  # noqa: E402


def star(units, groups, targets, excluded, temperature):
    return embedded.pair_losses(units, groups, targets, excluded, temperature, own=False)


save(__file__, embedded.batches(star, {"temperature": 0.05}, {"temperature": 1.0}))
