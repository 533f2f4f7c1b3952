"""SLTrain (arXiv 2406.02214) in torch float64: the dense kernel is made, and torch differentiates through it."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from pretraining import layer_case
from vector import save, source


def case(seed, config, **size):
    rank, scale = config["rank"], config["alpha"] / config["rank"]

    def make(p):
        inputs, outputs = p.kernel.shape
        count = int(config["density"] * inputs * outputs)
        places = torch.argsort(p.draw(inputs * outputs))[:count].sort().values
        a, b = p.draw(inputs, rank, scale=0.5), p.draw(rank, outputs, scale=0.5)
        values = p.draw(count, scale=0.5)

        def kernel():
            entries = torch.zeros(inputs * outputs).scatter(0, places, values).reshape(inputs, outputs)
            return scale * a @ b + entries

        trained = {"lora_A": a, "lora_B": b, "sparse_values": values}
        return trained, {"sparse_indices": places.double()}, kernel

    def initial(p):
        whole = {"sparse_indices": torch.arange(p.kernel.numel())} if config["density"] == 1 else {}
        return {"lora_B": torch.zeros(rank, p.kernel.shape[1]), **whole}

    return layer_case(seed, config, make, initial, **size)


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(421, {"rank": 3, "alpha": 8.0, "density": 0.3}),
        # Every entry.
        case(422, {"rank": 1, "alpha": 1.0, "density": 1.0}, inputs=4, outputs=6),
        # One entry.
        case(423, {"rank": 2, "alpha": 8.0, "density": 0.03}),
    ],
})
