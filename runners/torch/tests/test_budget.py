"""A budget on a card: the allocator of a card that is not there."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from rankforge_torch import __main__ as program
from rankforge_torch.channel import Attempt, Channel
from rankforge_torch.meter import bind_budget

GIB = 2**30


@pytest.fixture
def fractions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, torch.device]]:
    set_to: list[tuple[float, torch.device]] = []
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=80 * GIB))
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda part, device: set_to.append((part, device))
    )
    return set_to


def test_a_budget_is_a_part_of_the_card(fractions: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    card = torch.device("cuda", 1)
    bind_budget(card, 20 * GIB)
    assert fractions == [(0.25, card)]
    assert capsys.readouterr().out == f"budget emulated: {20 * GIB} of the {80 * GIB} bytes of the card\n"


def test_a_budget_beyond_the_card_lifts_that_of_the_order_before(
    fractions: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    card = torch.device("cuda", 0)
    bind_budget(card, 8 * GIB)
    bind_budget(card, 2**53 - 1)
    assert fractions == [(0.1, card), (1.0, card)]
    assert capsys.readouterr().out.count("emulated") == 1


def test_the_cores_are_metered_and_not_bound(fractions: list[object]) -> None:
    bind_budget(torch.device("cpu"), 1)
    assert fractions == []


@pytest.mark.parametrize(
    ("kind", "reason"), [("cuda", "OutOfMemoryError: no more (budget emulated)"), ("cpu", "OutOfMemoryError: no more")]
)
def test_a_budget_that_was_exceeded_on_a_card_is_said_to_be_emulated(
    kind: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exceeds(*_: object) -> None:
        raise torch.OutOfMemoryError("no more")

    monkeypatch.setattr(program, "run", exceeds)
    target = io.BytesIO()
    order: Any = {"type": "run", "trial": "one", "attempt": 1, "device": {"kind": kind, "uuid": None, "threads": 1}}
    program.take(order, Attempt(Channel(io.BytesIO(), target), order))
    said = json.loads(target.getvalue())
    assert (said["outcome"], said["reason"]) == ("out-of-memory", reason)
