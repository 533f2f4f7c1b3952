"""
A query against its own negatives alone, as in the authors' code of STAR (github.com/jingtaozhan/DRhard, model.py, randneg_train): the mean
over queries and negatives of the logistic loss; of cosines over a temperature.
"""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import embedded  # noqa: E402
from vector import save  # noqa: E402


def own_negatives(units, groups, targets, excluded, temperature):
    return embedded.pair_losses(units, groups, targets, excluded, temperature, own=True)


save(__file__, embedded.batches(own_negatives, {"temperature": 0.05}, {"temperature": 1.0}))
