"""McNemar's exact test, from statsmodels, which is held to scipy's binomial test.

    pip install numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 statsmodels==0.15.0
    python libs/stats/test/oracle/agreement/agreement.py

Writes ../../vectors/agreement.json. Examples that both have right, or neither, are in the tables and do not count.
"""

import json
from pathlib import Path

from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

cases = [(0, 0), (3, 3), (1, 0), (0, 5), (1, 8), (8, 1), (6, 14), (12, 30), (0, 60), (200, 260), (1000, 1100)]
vectors = []
for first, second in cases:
    p = float(mcnemar([[40, first], [second, 7]], exact=True).pvalue) if first + second else 1.0
    if first + second:
        assert abs(p - binomtest(first, first + second, 0.5).pvalue) < 1e-12
    vectors.append({"firstAlone": first, "secondAlone": second, "p": p})
path = Path(__file__).parents[2] / "vectors" / "agreement.json"
path.write_text(json.dumps(vectors, indent=1) + "\n")
