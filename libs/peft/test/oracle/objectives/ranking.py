"""
Softmax cross-entropy over the rows of a query, of their shares of its grades (Bruch et al. 2019, doi 10.1145/3341981.3344221),
from the formula; a query without a relevant row has no loss.
"""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import ranked  # noqa: E402
from vector import save  # noqa: E402


save(__file__, {"source": ranked.SOURCE, "cases": ranked.cases(ranked.softmax_cross_entropy)})
