"""The conversation that the worker's side is tested with too; `RECORD=1` in the environment records it anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from conftest import Orders
from talk import Talk

OUTSIDE = Path(__file__).parents[3] / "examples" / "22-outside-runner" / "runner.py"
OF_INSTALLATION = ("releases", "devices", "peftTypes", "optimizers", "dtypes")
KEPT = Path(__file__).parent / "conversation.jsonl"


def spoken(classes: Orders, *program: str) -> list[dict[str, Any]]:
    """What is said in a training with its scoring, with FOLDER for the folder of its files."""
    with Talk(program) if program else Talk() as talk:
        order = classes.run()
        talk.say(order)
        training = talk.until_end()
        scored = classes.score(2, training[-1]["adapter"])
        talk.say(scored)
        lines = [{"from": talk.ready}, {"to": order}, *({"from": line} for line in training)]
        lines += [{"to": scored}, *({"from": line} for line in talk.until_end())]
    text = "\n".join(json.dumps(line) for line in lines if line.get("from", {}).get("type") != "alive")
    text = text.replace(str(classes.folder), "/FOLDER").replace(classes.folder.name, "trial-1")
    return [json.loads(line) for line in text.splitlines()]


def shape(value: Any) -> Any:
    """Names and texts stay, numbers do not: their rounding is the machine's."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items() if key not in OF_INSTALLATION}
    if isinstance(value, str):
        return "digest" if len(value) == 64 else value
    return type(value).__name__ if isinstance(value, float) else value


def without_bytes(line: dict[str, Any]) -> dict[str, Any]:
    measured = ("allocated", "peak", "bytes", "parts")
    return {side: {key: value for key, value in said.items() if key not in measured} for side, said in line.items()}


def test_speaks_as_it_was_recorded(classes: Orders) -> None:
    lines = spoken(classes)
    if os.environ.get("RECORD"):
        KEPT.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    kept = [json.loads(line) for line in KEPT.read_text().splitlines()]
    assert [shape(without_bytes(line)) for line in lines] == [shape(without_bytes(line)) for line in kept]


def test_an_outside_runner_speaks_so_too(classes: Orders) -> None:
    """It says no checkpoint, and leaves out what the page says that it may."""
    lines = spoken(classes, str(OUTSIDE))
    kept = [json.loads(line) for line in KEPT.read_text().splitlines()]
    expected = [line for line in kept if line.get("from", {}).get("type") != "checkpoint"]
    assert [[*line] for line in lines] == [[*line] for line in expected]
    for line, of_torch in zip(lines, expected, strict=True):
        for side, said in line.items():
            ours, theirs = shape(said), shape(of_torch[side])
            compared = ours.keys() & theirs.keys() - {"runner", "sequence", "bytes", "file"}
            assert {key: ours[key] for key in compared} == {key: theirs[key] for key in compared}
    losses = [
        [said["from"]["loss"] for said in each if said.get("from", {}).get("type") == "progress"]
        for each in (lines, kept)
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    assert len(OUTSIDE.read_text().splitlines()) <= 60
