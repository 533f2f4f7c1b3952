from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from conftest import STEPS, Orders
from talk import Talk


@pytest.fixture
def talk() -> Iterator[Talk]:
    with Talk() as talk:
        yield talk


def losses(lines: list[dict[str, Any]]) -> list[float]:
    return [line["loss"] for line in lines if line["type"] == "progress"]


def read_of(lines: list[dict[str, Any]]) -> list[torch.Tensor]:
    return [load_file(line["file"]["path"])["read"] for line in lines if line["type"] == "evaluated"]


def tensors_of(folder: str) -> dict[str, torch.Tensor]:
    return load_file(Path(folder) / "adapter_model.safetensors")


def ranks_of(runner: int) -> list[int]:
    """Processes that the launcher of a runner started."""
    children = Path(f"/proc/{runner}/task").glob("*/children")
    return [int(child) for each in children for child in each.read_text().split()]


def test_two_processes_train_and_read_what_one_does(talk: Talk, orders: Orders) -> None:
    talk.say(orders.run())
    one = talk.until_end()
    talk.say(orders.run(attempt=2, devices=2))
    two = talk.until_end()
    assert two[-1]["outcome"] == "completed", two[-1]
    assert losses(two) == pytest.approx(losses(one), rel=1e-5)
    assert len(losses(two)) == STEPS
    torch.testing.assert_close(read_of(two), read_of(one), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(tensors_of(two[-1]["adapter"]), tensors_of(one[-1]["adapter"]), rtol=1e-5, atol=1e-5)
    for field in ("examples", "step"):
        assert two[-1][field] == one[-1][field]
    talk.say(orders.score(3, one[-1]["adapter"]))
    [alone] = [line["file"] for line in talk.until_end() if line["type"] == "evaluated"]
    talk.say({**orders.score(4, one[-1]["adapter"]), "devices": 2})
    [together] = [line["file"] for line in talk.until_end() if line["type"] == "evaluated"]
    torch.testing.assert_close(load_file(together["path"]), load_file(alone["path"]), rtol=1e-5, atol=1e-5)


def test_goes_on_from_a_checkpoint_of_two(talk: Talk, classes: Orders) -> None:
    talk.say(classes.run(devices=2))
    whole = talk.until_end()
    [kept] = [line["file"] for line in whole if line["type"] == "checkpoint"]
    talk.say(classes.run(attempt=2, devices=2, resume=kept))
    rest = talk.until_end()
    assert losses(rest) == losses(whole)[2:]
    assert all(
        torch.equal(value, tensors_of(whole[-1]["adapter"])[name])
        for name, value in tensors_of(rest[-1]["adapter"]).items()
    )


def test_a_rank_that_is_killed_ends_the_runner_as_the_kernel_would(talk: Talk, classes: Orders) -> None:
    talk.say(classes.run(devices=2))
    for line in talk.lines():
        assert line["type"] != "ended"
        if line["type"] == "loaded":
            break
    ranks = ranks_of(talk.process.pid)
    assert len(ranks) == 2
    os.kill(ranks[1], signal.SIGKILL)
    assert "ended" not in [line["type"] for line in talk.lines()]
    assert talk.process.wait() == 128 + signal.SIGKILL


def test_ranks_end_with_their_runner(talk: Talk, classes: Orders) -> None:
    talk.say(classes.run(devices=2))
    next(line for line in talk.lines() if line["type"] == "loaded")
    ranks = [os.pidfd_open(rank) for rank in ranks_of(talk.process.pid)]
    talk.process.kill()
    for rank in ranks:
        assert select.select([rank], [], [], 60)[0], "a rank outlives its runner"


def test_what_a_rank_fails_by_is_said_once(talk: Talk, classes: Orders) -> None:
    missing = str(classes.folder / "nowhere")
    talk.say(classes.run(devices=2, adapter=missing))
    said = [line for line in talk.until_end() if line["type"] == "ended"]
    assert [line["outcome"] for line in said] == ["failed"]
    assert "nowhere" in said[0]["reason"]
    # It takes the next order.
    talk.say(classes.run(attempt=2))
    assert talk.until_end()[-1]["outcome"] == "completed"
