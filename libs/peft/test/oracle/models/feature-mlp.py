"""Layers with ReLU over numbers as a torch module with random weights, in float64. The head has three classes: the bias of a score moves no order."""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import case  # noqa: E402
from vector import array, save, source  # noqa: E402


class FeatureMlp(torch.nn.Module):
    """The tensors of its files have the names of its modules; the last is a head that only a trial has."""

    def __init__(self, features, hidden, layers):
        super().__init__()
        inputs = [features] + [hidden] * (layers - 1)
        self.shape = {
            "model_type": "feature-mlp",
            "num_features": features,
            "hidden_size": hidden,
            "num_hidden_layers": layers,
        }
        self.layers = torch.nn.ModuleList(torch.nn.Linear(size, hidden) for size in inputs)
        self.classes = torch.nn.Linear(hidden, 3)

    def hidden(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x

    def forward(self, x):
        return self.classes(self.hidden(x))

    def save_pretrained(self, folder):
        (Path(folder) / "config.json").write_text(json.dumps(self.shape))
        save_file(self.state_dict(), Path(folder) / "model.safetensors")


def rows_case(name, model, given, seed):
    """Classes of rows, of which `given` numbers are stored for each."""
    numbers = torch.rand(7, given, generator=torch.Generator().manual_seed(seed)).double()
    whole = torch.nn.functional.pad(numbers, (0, model.shape["num_features"] - given))
    labels = torch.tensor([2, 0, 1, 0, 0, 2, 1])
    batch = {
        "objective": "classification",
        "size": 7,
        "sequence": 0,
        "inputs": [],
        "features": array(numbers.reshape(-1)),
        "targets": labels.tolist(),
        "lengths": [0] * 7,
    }
    layers = [f"layers.{index}" for index in range(model.shape["num_hidden_layers"])]
    loss_of = lambda m: torch.nn.functional.cross_entropy(m(whole), labels)
    return case(name, model, loss_of, lambda m: m.hidden(whole)[:, None], batch, layers, {"head": "classes"})


save(__file__, {
    "source": source("torch"),
    "cases": [
        rows_case("five numbers, two layers", FeatureMlp(5, 6, 2), 5, 1),
        rows_case("rows with fewer numbers than the model reads", FeatureMlp(6, 4, 1), 4, 2),
    ],
})
