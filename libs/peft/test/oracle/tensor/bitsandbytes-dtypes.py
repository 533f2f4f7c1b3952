"""
What bitsandbytes itself makes of the matrices of packed-dtypes.json, on the CPU: nf4 in blocks of 64 with double quantization
(functional.quantize_4bit); int8 by row (functional.int8_vectorwise_quant, the way LLM.int8 holds weights), of their float16 values.
"""
import importlib.metadata
import json
import sys
from pathlib import Path

import bitsandbytes.functional as bnb
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import save

VECTORS = Path(__file__).parents[2] / "vectors" / "tensor" / "packed-dtypes.json"


def nf4(weight):
    codes, state = bnb.quantize_4bit(weight, blocksize=64, compress_statistics=True, quant_type="nf4")
    opened = bnb.dequantize_4bit(codes, state)
    packed = codes.flatten()
    # The first of two numbers is in the upper half of a byte.
    numbers = torch.stack([packed >> 4, packed & 15], dim=1).flatten()[: weight.numel()]
    return {"nf4": opened.tolist(), "nf4Codes": numbers.tolist(), "nf4ScaleCodes": state.absmax.tolist()}


def int8(weight):
    codes, largest, _ = bnb.int8_vectorwise_quant(weight)
    return {"int8Codes": codes.tolist(), "int8Largest": largest.tolist()}


cases = []
for case in json.loads(VECTORS.read_text())["cases"]:
    weight = torch.tensor(case["weight"], dtype=torch.float32)
    half = torch.tensor(case["float16"], dtype=torch.float16)
    cases.append({**nf4(weight), **int8(half)})
save(__file__, {"source": f"bitsandbytes {importlib.metadata.version('bitsandbytes')}, torch {torch.__version__}", "cases": cases})
