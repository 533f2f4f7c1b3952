"""Batches, losses and what is read of a model for its scores."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn.functional import cross_entropy

from .model import Adapted
from .wire import RunnerTask

IGNORED = -1


class Rows:
    """Rows of a split: tokens with lengths, and what is to be answered."""

    def __init__(self, tensors: dict[str, torch.Tensor], device: torch.device) -> None:
        self.tokens = tensors["tokens"].long().to(device)
        self.lengths = tensors["lengths"].long().to(device)
        answers = tensors["values"] if "values" in tensors else tensors["targets"].long()
        self.answers = answers.to(device)

    def __len__(self) -> int:
        return self.tokens.shape[0]

    def inputs(self, rows: torch.Tensor) -> dict[str, torch.Tensor]:
        tokens = self.tokens[rows]
        places = torch.arange(tokens.shape[1], device=tokens.device)
        return {"input_ids": tokens, "attention_mask": (places[None, :] < self.lengths[rows][:, None]).long()}

    def in_turn(self, size: int) -> Iterator[torch.Tensor]:
        for start in range(0, len(self), size):
            yield torch.arange(start, min(len(self), start + size), device=self.tokens.device)


def count(task: RunnerTask, answers: torch.Tensor) -> int:
    """Terms that the loss of these answers is a mean of."""
    return int((answers != IGNORED).sum()) if task["loss"] == "tokenCrossEntropy" else answers.shape[0]


def logits_of(
    adapted: Adapted, inputs: dict[str, torch.Tensor], through: torch.nn.Module | None = None
) -> torch.Tensor:
    """Logits of a model, computed through what wraps it where something does."""
    with torch.autocast(adapted.device.type, torch.bfloat16, enabled=adapted.autocasts):
        logits: torch.Tensor = (through or adapted.model)(**inputs).logits
    return logits.float()


def loss_of(task: RunnerTask, logits: torch.Tensor, answers: torch.Tensor, terms: int) -> torch.Tensor:
    """The sum of the losses of a micro-batch over the terms of the whole step."""
    if task["loss"] == "squaredError":
        return (logits.squeeze(-1) - answers).square().sum() / terms
    flat = logits.reshape(-1, logits.shape[-1])
    return cross_entropy(flat, answers.reshape(-1), ignore_index=IGNORED, reduction="sum") / terms


def read_of(task: RunnerTask, logits: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Logits, or the loss of every token, 0 where it does not count."""
    if task["loss"] != "tokenCrossEntropy":
        return logits
    flat = logits.reshape(-1, logits.shape[-1])
    losses = cross_entropy(flat, answers.reshape(-1), ignore_index=IGNORED, reduction="none")
    return losses.reshape(answers.shape)
