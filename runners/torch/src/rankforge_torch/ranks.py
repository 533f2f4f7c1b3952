"""Processes that train one order together: torch's launcher starts them, and each has its part of every micro-batch."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from .channel import Attempt, Channel
from .wire import RunnerRun, RunnerScore

#: Variable with the folder of the pipes between a rank and the runner that it belongs to.
FOLDER = "RANKFORGE_RANKS"
STOP_SECONDS = 0.1
#: Exit by which a worker knows that the kernel killed for memory.
KILLED = 128 + signal.SIGKILL

T = TypeVar("T")


class Ranks:
    """The processes of an order, and which of them this is; one where nothing was launched."""

    def __init__(self) -> None:
        self.size = dist.get_world_size() if dist.is_initialized() else 1
        self.rank = dist.get_rank() if self.size > 1 else 0

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def part(self, rows: Sequence[int]) -> Sequence[int]:
        """The rows of a micro-batch that this rank trains on: as many as any other's, in their order."""
        each = len(rows) // self.size
        return rows[self.rank * each : (self.rank + 1) * each]

    def sum(self, value: float) -> float:
        return self._reduced(value, dist.ReduceOp.SUM)

    def most(self, value: int) -> int:
        return int(self._reduced(value, dist.ReduceOp.MAX))

    def _reduced(self, value: float, how: Any) -> float:
        if self.size == 1:
            return value
        reduced = torch.tensor(value, dtype=torch.float64)
        dist.all_reduce(reduced, how)
        return reduced.item()

    def said_by_first(self, value: T) -> T:
        if self.size == 1:
            return value
        said = [value]
        dist.broadcast_object_list(said)
        return said[0]

    def gathered(self, value: T) -> list[T]:
        """What each rank has, by rank; the first alone is given it."""
        if self.size == 1:
            return [value]
        each: list[Any] | None = [None] * self.size if self.is_first else None
        dist.gather_object(value, each)
        return each or []


class QuietAttempt(Attempt):
    """The attempt of a rank that is not the first: it says what it fails by, and nothing else."""

    def say(self, kind: str, **fields: Any) -> None:
        if kind == "ended" and fields["outcome"] in ("failed", "out-of-memory"):
            super().say(kind, at=time.monotonic_ns(), **fields)


class FirstAttempt(Attempt):
    def say(self, kind: str, **fields: Any) -> None:
        super().say(kind, at=time.monotonic_ns(), **fields)


def open_rank(folder: str) -> tuple[RunnerRun | RunnerScore, Attempt]:
    """Joins the ranks that were launched with this one. The end of the runner ends the rank."""
    pipes, rank = Path(folder), os.environ["RANK"]
    orders, lines = os.open(pipes / f"orders-{rank}", os.O_RDONLY), os.open(pipes / f"lines-{rank}", os.O_WRONLY)
    channel = Channel(os.fdopen(orders, "rb"), os.fdopen(lines, "wb"))
    channel.listen()
    order = channel.next_order()
    dist.init_process_group("gloo")
    kind = FirstAttempt if rank == "0" else QuietAttempt
    return order, kind(channel, order)


class Pipes:
    """Named pipes to the ranks of an order and from them. Both ends stay open here: a rank that is gone ends none."""

    def __init__(self, folder: Path, size: int, order: RunnerRun | RunnerScore, attempt: Attempt) -> None:
        self.order = order
        self.attempt = attempt
        self.ended: dict[int, dict[str, Any]] = {}
        self.over = threading.Event()
        folder.mkdir(parents=True)
        self._readers: list[tuple[threading.Thread, int]] = []
        for rank in range(size):
            orders, lines = (folder / f"{name}-{rank}" for name in ("orders", "lines"))
            os.mkfifo(orders, 0o600)
            os.mkfifo(lines, 0o600)
            to, of = os.open(orders, os.O_RDWR), os.open(lines, os.O_RDWR)
            threading.Thread(target=self._give, args=(to,), daemon=True).start()
            reader = threading.Thread(target=self._take, args=(rank, of), daemon=True)
            reader.start()
            self._readers.append((reader, of))

    def _give(self, to: int) -> None:
        """Gives a rank the order, and a stop when one comes."""
        with os.fdopen(to, "wb", buffering=0) as pipe:
            pipe.write(json.dumps(self.order).encode() + b"\n")
            while not self.over.wait(STOP_SECONDS):
                if self.attempt.stop is not None:
                    pipe.write(json.dumps(self.attempt.stop).encode() + b"\n")
                    break
            self.over.wait()

    def _take(self, rank: int, of: int) -> None:
        with os.fdopen(of, "rb") as pipe:
            for line in pipe:
                if line == b"\n":
                    return
                self._relay(rank, json.loads(line))

    def _relay(self, rank: int, message: dict[str, Any]) -> None:
        kind = message["type"]
        fields = {key: value for key, value in message.items() if key not in OF_LINES}
        if kind == "alive":
            self.attempt.phase = fields["phase"]
        elif kind == "ended":
            self.ended[rank] = {**fields, "at": message["at"]}
        else:
            self.attempt.say(kind, **fields)

    def close(self) -> None:
        """Waits until all that the ranks wrote is relayed."""
        self.over.set()
        for reader, of in self._readers:
            os.write(of, b"\n")
            reader.join()


OF_LINES = ("version", "type", "trial", "attempt", "sequence", "at")


def launch(order: RunnerRun | RunnerScore, attempt: Attempt) -> None:
    """Has the ranks of an order run it, and says what they say.

    A rank that dies without a word ends this process as it ended: the worker tries the trial again.
    """
    folder = Path(order["workdir"]) / f"ranks-{uuid.uuid4().hex}"
    size = order.get("devices", 1)
    pipes = Pipes(folder, size, order, attempt)
    os.environ[FOLDER] = str(folder)
    # Ranks are on this machine.
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=size,
        run_id=folder.name,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(log_dir=str(folder / "log")),
    )
    failed: dict[int, Any] = {}
    try:
        elastic_launch(config, sys.executable)("-m", "rankforge_torch")
    except ChildFailedError as error:
        failed = error.failures
    finally:
        del os.environ[FOLDER]
        pipes.close()
    dead = {rank: failure.exitcode for rank, failure in failed.items() if rank not in pipes.ended}
    if dead or not pipes.ended:
        how = ", ".join(f"rank {rank} with status {status}" for rank, status in dead.items())
        print(f"rankforge_torch: ended without a word: {how or 'all ranks'}", file=sys.stderr, flush=True)
        os._exit(KILLED if -signal.SIGKILL in dead.values() else 1)
    # The others fail by the one that failed first, and memory that ran out is what a worker asks for.
    first = min(pipes.ended.values(), key=lambda each: (each["outcome"] != "out-of-memory", each["at"]))
    attempt.say("ended", **{key: value for key, value in first.items() if key != "at"})
