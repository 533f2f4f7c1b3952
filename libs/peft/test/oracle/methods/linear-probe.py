"""Linear probing: transformers' GPT-2 frozen, a torch.nn.Linear on the mean of its last hidden states."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import WIDTH, model_case, tiny_gpt2, token_batch
from vector import OneLayer, problem, run, same, save, source, transposed

CLASSES = 3


def on_a_model(seed):
    """Every layer is frozen: all there is to train is the head."""
    base = tiny_gpt2(seed)
    batch = token_batch(seed, examples=4, classes=CLASSES)
    head = torch.nn.Linear(WIDTH, CLASSES)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(base.draw(*parameter.shape, scale=0.3))

    def loss():
        hidden = base.model.transformer(batch.inputs).last_hidden_state
        pooled = torch.stack([row[:length].mean(0) for row, length in zip(hidden, batch.lengths)])
        return torch.nn.functional.cross_entropy(head(pooled), batch.targets)

    trained = {"head.kernel": (head.weight, transposed), "head.bias": (head.bias, same)}
    return model_case(base.model, batch, loss, trained, {}, classes=CLASSES)


p = problem(161)
layer = OneLayer(p.kernel, p.bias).requires_grad_(False)
unchanged = lambda: (layer.layer.weight.T, layer.layer.bias)
save(__file__, {
    "source": f"{source('transformers')}; {source('torch')}",
    "cases": [run(p, layer, {}, {}, unchanged, {})],
    "models": [on_a_model(162)],
})
