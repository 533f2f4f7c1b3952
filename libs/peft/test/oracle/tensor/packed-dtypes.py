"""
Kernels in numbers of fewer bits, in numpy from the publications and ml_dtypes: what is left of a matrix `[out, in]` once it is
opened. bfloat16 and float16 are ml_dtypes' own and numpy's; int8 is absmax by row (arXiv 2208.07339, section 2.1); nf4 has the
16 values of arXiv 2305.14314, appendix E, blocks of 64 of the flat weight, and largest magnitudes less their mean in blocks of
256 on bitsandbytes' dynamic map (create_dynamic_map).

Codes jump where a value lies in the middle of two. Values so near a middle that float32 may fall on its other side are
refused: choose another seed.
"""
import importlib.metadata
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from quantized import MAPS
from vector import save

MARGIN = 2e-6
NF4 = np.array([
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
])


def nearest(values, table):
    distances = np.abs(table[None] - values[:, None])
    first, second = np.sort(distances, axis=1)[:, :2].T
    assert (second - first > MARGIN).all(), "a value is too near the middle of two codes"
    return distances.argmin(axis=1)


def blocks(flat, size):
    return [flat[begin : begin + size] for begin in range(0, flat.size, size)]


def int8(weight):
    rows = np.abs(weight).max(axis=1, keepdims=True)
    quotients = weight * 127 / rows
    assert (np.abs(np.abs(quotients - np.floor(quotients)) - 0.5) > 1e-4).all(), "a value is too near the middle of two codes"
    return np.round(quotients) * rows / 127


def nf4(weight):
    flat = weight.ravel()
    parts = blocks(flat, 64)
    largest = np.array([np.abs(part).max() for part in parts])
    codes = [nearest(part / most, NF4) for part, most in zip(parts, largest)]
    mean = largest.mean()
    kept = []
    for part in blocks(largest - mean, 256):
        most = np.abs(part).max()
        if most == 0:  # one block alone
            kept += [mean] * len(part)
            continue
        kept += list(MAPS[True][nearest(part / most, MAPS[True])] * most + mean)
    opened = np.concatenate([NF4[code] * scale for code, scale in zip(codes, kept)])
    return opened.reshape(weight.shape), codes


def case(seed, out, inputs, deviation):
    generator = np.random.default_rng(seed)
    weight = (generator.standard_normal((out, inputs)) * deviation).astype(np.float32)
    exact = weight.astype(np.float64)
    opened, codes = nf4(exact)
    return {
        "weight": weight.tolist(),
        "bfloat16": weight.astype(ml_dtypes.bfloat16).astype(np.float64).tolist(),
        "float16": weight.astype(np.float16).astype(np.float64).tolist(),
        "int8": int8(exact).tolist(),
        "nf4": opened.tolist(),
        "nf4Codes": np.concatenate(codes).tolist(),
    }


save(__file__, {
    "source": f"numpy {importlib.metadata.version('numpy')}, ml_dtypes {importlib.metadata.version('ml_dtypes')}",
    # Rows that no block ends with, one block, and numbers below the smallest normal one of float16.
    "cases": [case(1, 6, 22, 0.02), case(2, 8, 8, 1.0), case(3, 5, 7, 2e-6)],
})
