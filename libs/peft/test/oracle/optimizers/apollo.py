"""
APOLLO: a scale for every channel, from a projection by normal numbers; from the paper (arXiv 2412.05270, algorithm 1), see
apollo_steps.py. Epsilon comes after the bias correction, where the authors' code has it before.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from apollo_steps import case
from vector import save, source

common = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
often = {"rank": 2, "gap": 2, "scale": 1.0, "limiter": 1.01, **common, "weightDecay": 0.0}
seldom = {"rank": 3, "gap": 200, "scale": 4.0, "limiter": 2.0, **common, "weightDecay": 0.1}
save(__file__, {
    "source": source("torch"),
    "cases": [case(95, often, 0.1, 5, 2, "channel"), case(96, seldom, 0.1, 4, 3, "channel")],
})
