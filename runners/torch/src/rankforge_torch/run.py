"""Runs an order to its end."""

from __future__ import annotations

import json
import math
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch.nn.parallel import DistributedDataParallel

from .channel import Attempt
from .checkpoint import read_checkpoint, write_checkpoint
from .files import read_bytes, read_tensors, write_tensors
from .meter import Meter, bind_budget
from .model import Adapted, evaluating, open_adapted, open_device, save_adapter
from .optimizers import decay, make_optimizer
from .ranks import Ranks
from .task import Rows, count, logits_of, loss_of, read_of
from .wire import RunnerFile, RunnerRun, RunnerScore, RunnerTask

#: Stops after which the trial may go on later.
GOES_ON = ("drain", "timeout")


class Training:
    """A training that is open: its tensors are on the device."""

    def __init__(self, order: RunnerRun, attempt: Attempt) -> None:
        self.order = order
        self.attempt = attempt
        self.workdir = Path(order["workdir"])
        self.ranks = Ranks()
        torch.manual_seed(order["seed"])
        bind_budget(open_device(order["device"]), order["budgetBytes"])
        self.adapted = open_adapted(
            order["base"],
            order["task"],
            order["adapter"],
            order["device"],
            optimizer=order["optimizer"],
        )
        self.meter = Meter(self.adapted.model, self.adapted.trained.values(), self.adapted.device)
        held = self.meter.held
        self.wrapped = self._wrapped()
        self.optimizer = make_optimizer(self.adapted, order["optimizer"])
        self.train = Rows(read_tensors(order["data"]["train"]), self.adapted.device)
        self.validation = Rows(read_tensors(order["data"]["validation"]), self.adapted.device)
        plan = json.loads(read_bytes(order["plan"]))
        self.batches: list[list[list[int]]] = plan["batches"]
        self.rates: list[float] = plan["rates"]
        self.step = 0
        self.examples = 0
        if order["resume"] is not None:
            self.step, self.examples = read_checkpoint(order["resume"], self.adapted.trained, self.optimizer)
        attempt.say(
            "loaded",
            parameters=self.adapted.parameters,
            decayed=self.adapted.decayed_parameters,
            bytes=held,
            step=self.step,
        )

    def _wrapped(self) -> DistributedDataParallel | None:
        """The model whose gradients are summed over ranks; its buckets are counted."""
        if self.ranks.size == 1:
            return None
        with self.meter.storages or nullcontext():
            # All ranks have read the same files.
            return DistributedDataParallel(self.adapted.model, broadcast_buffers=False, init_sync=False)

    def _apart(self, is_last: bool) -> AbstractContextManager[object]:
        """Leaves gradients to each rank until the last micro-batch of a step."""
        return nullcontext() if self.wrapped is None or is_last else self.wrapped.no_sync()

    def one_step(self) -> None:
        began = time.perf_counter()
        task = self.order["task"]
        self.adapted.model.train()
        batches = [torch.tensor(rows, device=self.adapted.device) for rows in self.batches[self.step]]
        own = [torch.tensor(self.ranks.part(rows), device=self.adapted.device) for rows in self.batches[self.step]]
        terms = sum(count(task, self.train.answers[rows]) for rows in batches)
        total = 0.0
        parameters = list(self.adapted.trained.values())
        with self.meter:
            for index, rows in enumerate(own):
                with self._apart(is_last=index == len(own) - 1):
                    self.meter.makes("activations")
                    logits = logits_of(self.adapted, self.train.inputs(rows), self.wrapped)
                    loss = loss_of(task, logits, self.train.answers[rows], terms)
                    self.meter.makes("workspace")
                    # Ranks take the mean of their gradients, and each has a part of the sum.
                    (loss * self.ranks.size if self.wrapped else loss).backward()
                total += loss.item()
                del logits, loss
            total = self.ranks.sum(total)
            clip = self.order["clipNorm"]
            norm = torch.nn.utils.clip_grad_norm_(parameters, math.inf if clip is None else clip).item()
            for group in self.optimizer.param_groups:
                group["lr"] = self.rates[self.step] * group["multiple"]
            if math.isfinite(total) and math.isfinite(norm):
                decay(self.optimizer)
                self.optimizer.step()
                self.meter.keeps(self.optimizer)
            self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.examples += sum(len(rows) for rows in batches)
        for name, value in (("loss", total), ("norm of the gradient", norm)):
            if not math.isfinite(value):
                raise NotFiniteError(f"the {name} is {value} at step {self.step}")
        self.attempt.say(
            "progress",
            step=self.step,
            loss=total,
            gradientNorm=norm,
            tokens=int(sum(self.train.lengths[rows].sum() for rows in batches)),
            seconds=time.perf_counter() - began,
            allocated=self.meter.held,
            peak=self.ranks.most(self.meter.peak),
            reserved=self.meter.reserved,
            others=self.meter.others,
        )

    def evaluate(self) -> None:
        self.attempt.phase = "evaluating"
        file = evaluated(
            self.adapted,
            self.order["task"],
            self.validation,
            self.ranks,
            size=self.order["microBatch"],
            to=(self.workdir, f"validation-{self.step}.safetensors"),
        )
        self.attempt.say("evaluated", step=self.step, split="validation", file=file)
        self.attempt.phase = "training"

    def keep(self) -> None:
        self.attempt.phase = "storing"
        if self.ranks.is_first:
            file = write_checkpoint(
                self.workdir, self.adapted.trained, self.optimizer, step=self.step, examples=self.examples
            )
            self.attempt.say("checkpoint", step=self.step, file=file)
        self.attempt.phase = "training"


class NotFiniteError(Exception):
    """A number of the training is not finite."""


@torch.no_grad()
def evaluated(
    adapted: Adapted, task: RunnerTask, rows: Rows, ranks: Ranks, *, size: int, to: tuple[Path, str]
) -> RunnerFile | None:
    """Reads a split: ranks take micro-batches in turn, and the first of them writes all."""
    evaluating(adapted)
    turns = list(rows.in_turn(max(1, size // ranks.size)))
    read = [
        read_of(task, logits_of(adapted, rows.inputs(some)), rows.answers[some]).float().cpu()
        for some in turns[ranks.rank :: ranks.size]
    ]
    by_rank = ranks.gathered(read)
    if not ranks.is_first:
        return None
    whole = [by_rank[turn % ranks.size][turn // ranks.size] for turn in range(len(turns))]
    return write_tensors(to[0], to[1], {"read": torch.cat(whole)})


def is_due(every: int | None, step: int) -> bool:
    return every is not None and step % every == 0


def run(order: RunnerRun, attempt: Attempt) -> None:
    training = Training(order, attempt)
    attempt.phase = "training"
    begun, last = training.step, order["steps"]

    def end(outcome: str, adapter: str | None = None, reason: str | None = None) -> None:
        attempt.say(
            "ended",
            outcome=outcome,
            reason=reason,
            step=training.step,
            examples=training.examples,
            adapter=adapter,
            peak=training.ranks.most(training.meter.peak),
            parts=training.meter.parts,
        )

    try:
        while training.step < last:
            stop = training.ranks.said_by_first(attempt.stop)
            if stop is not None:
                if stop["reason"] in GOES_ON and training.step > begun:
                    training.keep()
                return end("stopped")
            training.one_step()
            if is_due(order["evaluateEvery"], training.step) and training.step < last:
                training.evaluate()
            if is_due(order["checkpointEvery"], training.step) and training.step < last:
                training.keep()
        training.evaluate()
        attempt.phase = "storing"
        # A training that goes on from here on the same schedule finds its state.
        if len(training.rates) > last and training.step > begun:
            training.keep()
        folder = training.workdir / "adapter"
        end("completed", adapter=save_adapter(training.adapted, folder) if training.ranks.is_first else None)
    except NotFiniteError as error:
        end("diverged", reason=str(error))


def score(order: RunnerScore, attempt: Attempt) -> None:
    adapted = open_adapted(order["base"], order["task"], order["adapter"], order["device"])
    rows = Rows(read_tensors(order["data"]["test"]), adapted.device)
    attempt.say("loaded", parameters=0, decayed=0, bytes=0, step=0)
    attempt.phase = "evaluating"
    to = (Path(order["workdir"]), "test.safetensors")
    file = evaluated(adapted, order["task"], rows, Ranks(), size=order["microBatch"], to=to)
    attempt.say("evaluated", step=0, split="test", file=file)
    attempt.say("ended", outcome="completed", reason=None, step=0, examples=0, adapter=None, peak=0)
