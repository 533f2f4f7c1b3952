"""Points of scipy's Sobol sequence, plain and scrambled with the random bits that it drew.

scipy 1.17.1: qmc.Sobol(scramble=True) draws the digital shift and then the lower triangular matrices from its generator;
both are recorded here, in place of its `rng_integers`, so that another implementation can be given the same bits.
"""

import json
from pathlib import Path

from scipy.stats import _qmc, qmc

vectors = Path(__file__).parents[2] / "vectors/sobol"


drawn = []
integers = _qmc.rng_integers


def recorded(*args, **kwargs):
    drawn.append(integers(*args, **kwargs))
    return drawn[-1]


_qmc.rng_integers = recorded

plain = qmc.Sobol(d=64, scramble=False).random(128)
later = qmc.Sobol(d=64, scramble=False).fast_forward(987_654).random(1)

scrambled = qmc.Sobol(d=5, scramble=True, rng=7).random(64)
bits = [int(bit) for array in drawn for bit in array.ravel()]

(vectors / "plain.json").write_text(json.dumps({
    "points": [[*map(float, point)] for point in plain[:, ::3]],
    "every": 3,
    "later": {"index": 987_654, "point": [*map(float, later[0])]},
}) + "\n")
(vectors / "scrambled.json").write_text(json.dumps({
    "bits": "".join(map(str, bits)), "points": [[*map(float, point)] for point in scrambled],
}) + "\n")
