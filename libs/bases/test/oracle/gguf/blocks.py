"""Blocks of every format that is read, and their values by Python's `gguf`.

Writes ../../vectors/gguf/blocks.json: bytes and float32 values in base64.
"""
import base64
import importlib.metadata
import json
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize, quantize

random = np.random.default_rng(17)
BLOCKS = 12
HALVES = {"Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}


def blocks_of(kind):
    """Random values quantized; where `gguf` cannot, random bytes with scales that are finite, some of them negative."""
    size, width = GGML_QUANT_SIZES[kind]
    if kind.name not in HALVES:
        values = random.standard_normal((BLOCKS, max(size, 32))).astype(np.float32)
        # A block of zeros, one of equal values, and one whose scale is subnormal in float16.
        values[0], values[1], values[2] = 0, 0.75, values[2] * 1e-6
        return np.frombuffer(quantize(values, kind).tobytes(), np.uint8)
    blocks = random.integers(0, 256, (BLOCKS, width), dtype=np.uint8)
    for at in HALVES[kind.name]:
        scales = (random.standard_normal(BLOCKS) * 0.01).astype(np.float16)
        scales[:2] = 0, np.float16(6e-8)
        blocks[:, at : at + 2] = scales.view(np.uint8).reshape(BLOCKS, 2)
    return blocks.reshape(-1)


def case(name):
    kind = GGMLQuantizationType[name]
    blocks = blocks_of(kind)
    values = dequantize(blocks, kind).astype(np.float32)
    encode = lambda array: base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"format": name, "type": int(kind), "blocks": encode(blocks), "values": encode(values)}


vector = {
    "source": f"gguf {importlib.metadata.version('gguf')}",
    "cases": [case(name) for name in ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K", "Q5_0", "Q5_1", "Q5_K")],
}
folder = Path(__file__).parents[2] / "vectors" / "gguf"
folder.mkdir(parents=True, exist_ok=True)
(folder / "blocks.json").write_text(json.dumps(vector) + "\n")
