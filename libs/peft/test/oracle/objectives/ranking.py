"""
Softmax cross-entropy over the rows of a query, of their shares of its grades (Bruch et al. 2019, doi 10.1145/3341981.3344221),
from the formula; a query without a relevant row has no loss.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
import ranked  # noqa: E402
from vector import save  # noqa: E402


def softmax_cross_entropy(scores, grades):
    if grades.sum() == 0:
        return 0 * scores.sum()
    shifted = scores - scores.real.max()
    return -(grades / grades.sum() * (shifted - np.log(np.exp(shifted).sum()))).sum()


save(__file__, {"source": ranked.SOURCE, "cases": ranked.cases(softmax_cross_entropy)})
