"""
Trans-LoRA: the adapter through Python peft's LoRA, the loss on a teacher's outputs in float64 of torch: cross-entropy on
its distribution less that distribution's entropy, or on its likeliest output. Gradients are torch's.
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from vector import Draw, array, save, source


def loss(seed, kind, rows, outputs, labels):
    draw = Draw(seed)
    teacher, logits = draw(rows, outputs), draw(rows, outputs).requires_grad_(True)
    if labels == "likeliest":
        value = F.cross_entropy(logits, teacher.argmax(1))
    else:
        p = F.softmax(teacher, 1)
        value = F.cross_entropy(logits, p) - torch.distributions.Categorical(probs=p).entropy().mean()
    value.backward()
    return {
        "kind": kind, "config": {"labels": labels}, "logits": array(logits.detach()), "teacher": array(teacher),
        "targets": [0] * rows, "value": value.item(), "gradient": array(logits.grad),
    }


save(__file__, {
    "source": source("peft") + "; " + source("torch"),
    "cases": [
        lora_case(441, {"rank": 3, "alpha": 16.0}, deterministic=["lora_B"]),
        lora_case(442, {"rank": 2, "alpha": 2.0}, deterministic=["lora_B"]),
    ],
    "outputPenalties": [
        loss(443, "tokens", 6, 9, "distribution"),
        loss(444, "tokens", 5, 7, "likeliest"),
        loss(445, "classes", 6, 3, "distribution"),
        loss(446, "classes", 4, 5, "likeliest"),
    ],
})
