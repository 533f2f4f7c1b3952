"""BA-LoRA: the adapter through Python peft's PiSSA, the penalties on logits as the authors' code has them, in float64.

Gradients are torch's own. The code indexes the number of singular values by a second axis they do not have; here it is one.
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import largest, lora_case
from vector import Draw, array, save, source


def singular(logits, k):
    s = torch.linalg.svdvals(logits)
    return -s[:k].sum() / (s.sum() + 1e-10)


def classes(logits, reference, config):
    consistency = F.mse_loss(F.normalize(logits, dim=1), F.normalize(reference, dim=1))
    centred = logits - logits.mean(0)
    covariance = centred.T @ centred / (len(logits) - 1)
    off_diagonal = covariance - torch.diag(torch.diagonal(covariance))
    diversity = off_diagonal.pow(2).sum() / logits.shape[1]
    return consistency, diversity


def tokens(logits, reference, config):
    consistency = F.kl_div(F.log_softmax(logits, -1), F.softmax(reference, -1), reduction="batchmean")
    p = F.softmax(logits, -1)
    diversity = (p * torch.log(p + 1e-10)).sum(-1).mean()
    return consistency, diversity


def penalty(seed, kind, rows, outputs, config, alike=False):
    draw = Draw(seed)
    reference = draw(rows, outputs)
    logits = (reference.clone() if alike else draw(rows, outputs)).requires_grad_(True)
    consistency, diversity = {"classes": classes, "tokens": tokens}[kind](logits, reference, config)
    concentration = singular(logits, config["components"])
    assert not alike or abs(consistency.item()) < 1e-15
    value = (
        config["consistency"] * consistency
        + config["diversity"] * diversity
        + config["concentration"] * concentration
    )
    value.backward()
    return {
        "kind": kind,
        "config": config,
        "logits": array(logits.detach()),
        "reference": array(reference),
        "value": value.item(),
        "gradient": array(logits.grad),
    }


options = {"deterministic": ["lora_A", "lora_B"], "signs": largest, "init_lora_weights": "pissa"}
weights = lambda consistency, diversity, concentration: {
    "consistency": consistency, "diversity": diversity, "concentration": concentration, "components": 3, "rows": 32,
}
save(__file__, {
    "source": source("peft") + "; " + source("torch"),
    "cases": [
        lora_case(251, {"rank": 3}, **options),
        lora_case(252, {"rank": 2, "alpha": 6.0}, **options),
    ],
    "outputPenalties": [
        penalty(253, "classes", 6, 4, weights(1.0, 0.0, 0.0)),
        penalty(254, "classes", 6, 4, weights(0.0, 1.0, 0.0)),
        penalty(255, "classes", 7, 5, weights(0.0, 0.0, 1.0)),
        penalty(256, "classes", 5, 9, weights(1.0, 2.0, 0.5)),
        penalty(257, "tokens", 5, 9, weights(1.0, 0.0, 0.0)),
        penalty(258, "tokens", 5, 9, weights(0.0, 1.0, 0.0)),
        penalty(259, "tokens", 6, 4, weights(1e-4, 3e-4, 1e-4)),
        penalty(260, "tokens", 5, 9, weights(1.0, 1.0, 0.0), alike=True),
        penalty(261, "classes", 5, 3, weights(1.0, 1.0, 0.0), alike=True),
    ],
})
