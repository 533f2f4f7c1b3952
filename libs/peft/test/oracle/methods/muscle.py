"""
MUSCLE: the adapter through Python peft's LoRA, the masked distillation as the paper writes it, in float64 of torch.

`m_i = 1[argmax z_i != y_i]`, `L = 1/n sum m_i KL(v1 || c) + (1 - m_i) KL(v2 || c)` of softmax(z / T); gradients are torch's.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from vector import Draw, array, save, source


def loss(seed, kind, rows, outputs, temperature=1.0, wrong="now", alike=False):
    draw = Draw(seed)
    reference, teacher = draw(rows, outputs), draw(rows, outputs)
    logits = (reference.clone() if alike else draw(rows, outputs)).requires_grad_(True)
    judge = logits.detach() if wrong == "now" else reference
    # Some right, some wrong.
    targets = judge.argmax(1)
    if not alike:
        targets[1::2] = (targets[1::2] + 1) % outputs
    mask = (judge.argmax(1) != targets).double()
    softened = lambda z: torch.distributions.Categorical(logits=z / temperature)
    divergence = lambda z: torch.distributions.kl_divergence(softened(z), softened(logits))
    value = (mask * divergence(teacher) + (1 - mask) * divergence(reference)).mean()
    assert not alike or abs(value.item()) < 1e-15
    value.backward()
    return {
        "kind": kind, "config": {"temperature": temperature, "wrong": wrong}, "logits": array(logits.detach()),
        "reference": array(reference), "teacher": array(teacher), "targets": targets.tolist(),
        "value": value.item(), "gradient": array(logits.grad),
    }


save(__file__, {
    "source": source("peft") + "; " + source("torch"),
    "cases": [
        lora_case(431, {"rank": 3, "alpha": 16.0}, deterministic=["lora_B"]),
        lora_case(432, {"rank": 2, "alpha": 2.0}, deterministic=["lora_B"]),
    ],
    "outputPenalties": [
        loss(433, "tokens", 6, 9),
        loss(434, "tokens", 5, 7, temperature=2.0),
        loss(435, "classes", 6, 3, wrong="before training"),
        loss(436, "classes", 5, 4, temperature=0.5),
        loss(437, "tokens", 5, 7, alike=True),
    ],
})
