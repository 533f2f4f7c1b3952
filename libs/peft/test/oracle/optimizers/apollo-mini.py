"""
APOLLO-Mini: one scale for the tensor from a projection of rank 1, from the paper (arXiv 2412.05270, algorithm 1), see
apollo_steps.py. Epsilon comes after the bias correction, where the authors' code has it before.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from apollo_steps import case
from vector import save, source

common = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
often = {"gap": 2, "scale": 128.0, "limiter": 1.01, **common, "weightDecay": 0.0}
seldom = {"gap": 200, "scale": 2.0, "limiter": 3.0, **common, "weightDecay": 0.1}
save(__file__, {
    "source": source("torch"),
    "cases": [case(97, often, 0.01, 5, 1, "tensor"), case(98, seldom, 0.05, 4, 1, "tensor")],
})
