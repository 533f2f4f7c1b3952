"""Partial fine-tuning: transformers' GPT-2 with requires_grad on its final norm and a head alone, all blocks frozen."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import LAYERS, WIDTH, model_case, tiny_gpt2, token_batch
from vector import OneLayer, problem, run, same, save, source, transposed

CLASSES = 3


def on_a_model(seed):
    """Blocks that are trained have biases of keys, whose gradient is zero: training.partial.test.ts holds these to full fine-tuning."""
    base = tiny_gpt2(seed)
    batch = token_batch(seed, examples=4, classes=CLASSES)
    norm = base.model.transformer.ln_f.requires_grad_(True)
    head = torch.nn.Linear(WIDTH, CLASSES)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(base.draw(*parameter.shape, scale=0.3))

    def loss():
        hidden = base.model.transformer(batch.inputs).last_hidden_state
        pooled = torch.stack([row[:length].mean(0) for row, length in zip(hidden, batch.lengths)])
        return torch.nn.functional.cross_entropy(head(pooled), batch.targets)

    trained = {
        "norm_final.gain": (norm.weight, same), "norm_final.bias": (norm.bias, same),
        "head.kernel": (head.weight, transposed), "head.bias": (head.bias, same),
    }
    return model_case(base.model, batch, loss, trained, {"frozen": LAYERS}, classes=CLASSES)


p = problem(701)
model = OneLayer(p.kernel, p.bias)
whole = {"kernel": (model.layer.weight, transposed), "bias": (model.layer.bias, same)}
effective = lambda: (model.layer.weight.T, model.layer.bias)
save(__file__, {
    "source": f"{source('transformers')}; {source('torch')}",
    # A layer that is in no block comes after all of them, and is trained whole.
    "cases": [run(p, model, whole, {}, effective, {})],
    "models": [on_a_model(703)],
})
