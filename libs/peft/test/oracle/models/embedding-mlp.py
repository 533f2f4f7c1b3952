"""Tables of embeddings and layers with ReLU as a torch module with random weights, in float64."""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import case  # noqa: E402
from vector import save, source  # noqa: E402


class EmbeddingMlp(torch.nn.Module):
    """The tensors of its files have the names of its modules."""

    def __init__(self, cardinalities, embedding, hidden, layers):
        super().__init__()
        inputs = [len(cardinalities) * embedding] + [hidden] * (layers - 1)
        self.shape = {
            "model_type": "embedding-mlp",
            "cardinalities": cardinalities,
            "embedding_size": embedding,
            "hidden_size": hidden,
            "num_hidden_layers": layers,
        }
        self.tables = torch.nn.ModuleList(torch.nn.Embedding(count, embedding) for count in cardinalities)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(size, hidden) for size in inputs)
        self.event = torch.nn.Linear(hidden, 1)

    def hidden(self, ids):
        x = torch.cat([table(ids[:, field]) for field, table in enumerate(self.tables)], dim=1)
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x

    def forward(self, ids):
        return self.event(self.hidden(ids))[:, 0]

    def save_pretrained(self, folder):
        (Path(folder) / "config.json").write_text(json.dumps(self.shape))
        save_file(self.state_dict(), Path(folder) / "model.safetensors")


def click_case(name, model, seed):
    """Whether something happens, of examples among which ids occur more than once."""
    cardinalities = model.shape["cardinalities"]
    generator = torch.Generator().manual_seed(seed)
    ids = torch.stack([torch.randint(count, (6,), generator=generator) for count in cardinalities], dim=1)
    happened = torch.tensor([1, 0, 0, 1, 0, 1])
    batch = {
        "objective": "binary-classification",
        "size": 6,
        "sequence": 0,
        "inputs": [],
        "fields": ids.reshape(-1).tolist(),
        "targets": happened.tolist(),
        "lengths": [0] * 6,
    }
    loss_of = lambda m: torch.nn.functional.binary_cross_entropy_with_logits(m(ids), happened.double())
    hidden_of = lambda m: m.hidden(ids)[:, None]
    layers = [f"layers.{index}" for index in range(model.shape["num_hidden_layers"])]
    return case(name, model, loss_of, hidden_of, batch, layers)


save(__file__, {
    "source": source("torch"),
    "cases": [
        click_case("three fields, two layers", EmbeddingMlp([5, 2, 7], 3, 6, 2), 1),
        click_case("one field, one layer", EmbeddingMlp([4], 5, 4, 1), 2),
    ],
})
