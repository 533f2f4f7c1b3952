"""A file written by the reference implementation, in the three dtypes the library reads, with the values it must give."""
import base64
import json
from pathlib import Path

import torch
from safetensors.torch import save

values = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.1e-05, 5.96e-08, float("inf"), 0.333251953125]
tensors = {
    "single": torch.tensor([[1.5, -2.25, 3e-9], [1e30, 0.1, -7.0]], dtype=torch.float32),
    "half": torch.tensor(values, dtype=torch.float16),
    "brain": torch.tensor(values, dtype=torch.bfloat16).reshape(3, 3),
    "scalar": torch.tensor(4.0, dtype=torch.float32),
}
encode = lambda value: "Infinity" if value == float("inf") else value
# One entry: the reference writes several in an order that differs from run to run.
metadata = {"note": "ü"}
vector = {
    "file": base64.b64encode(save(tensors, metadata)).decode(),
    "metadata": metadata,
    "tensors": {
        name: {"shape": list(t.shape), "values": [encode(v) for v in t.float().flatten().tolist()]} for name, t in tensors.items()
    },
}
path = Path(__file__).parents[2] / "vectors" / "io" / "reference_file.json"
path.write_text(json.dumps(vector, ensure_ascii=False) + "\n")
