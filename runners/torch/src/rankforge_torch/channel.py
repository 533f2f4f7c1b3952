"""The lines between this process and its worker."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from .wire import RunnerRun, RunnerScore, RunnerStop

VERSION = 1
LONGEST_LINE = 1024 * 1024
ALIVE_SECONDS = 5.0

ORDER_TYPES = ("run", "score")


class ProtocolError(Exception):
    """A line that this runner cannot take: the worker is of another version, or no worker."""


class Channel:
    """Reads orders and stops in a thread of its own, and writes numbered lines.

    The end of the input ends the process: a worker that is gone wants nothing any more.
    """

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._source = source
        self._target = target
        self._lock = threading.Lock()
        self._orders: queue.Queue[RunnerRun | RunnerScore] = queue.Queue()
        self._stops: dict[tuple[str, int], RunnerStop] = {}
        self._seen: dict[tuple[str, int], int] = {}

    def listen(self) -> None:
        threading.Thread(target=self._read, name="lines of the worker", daemon=True).start()

    def next_order(self) -> RunnerRun | RunnerScore:
        return self._orders.get()

    def stop_of(self, order: RunnerRun | RunnerScore) -> RunnerStop | None:
        return self._stops.get((order["trial"], order["attempt"]))

    def say(self, message: Mapping[str, Any]) -> None:
        line = json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._target.write(line)
            self._target.flush()

    def _read(self) -> None:
        try:
            for line in self._source:
                self.take(line)
        except Exception as error:
            print(f"rankforge_torch: {error}", file=sys.stderr, flush=True)
            os._exit(2)
        os._exit(0)

    def take(self, line: bytes) -> None:
        """Takes one line; one that came already, or is of an attempt that a later one followed, is dropped."""
        message = parse(line)
        key = (message["trial"], message["attempt"])
        if message["sequence"] <= self._seen.get(key, -1):
            return
        self._seen[key] = message["sequence"]
        if message["type"] == "stop":
            self._stops[key] = cast(RunnerStop, message)
        else:
            self._orders.put(cast("RunnerRun | RunnerScore", message))


def parse(line: bytes) -> dict[str, Any]:
    """Parses a line of a worker. Fields that are not known are left alone; types are."""
    if len(line) > LONGEST_LINE:
        raise ProtocolError(f"a line of {len(line)} bytes came; at most {LONGEST_LINE} are expected")
    try:
        message = json.loads(line)
    except ValueError as error:
        raise ProtocolError(f"a line came that is not JSON: {line[:80]!r}") from error
    if not isinstance(message, dict):
        raise ProtocolError(f"a line came that is no object: {line[:80]!r}")
    if message.get("version") != VERSION:
        raise ProtocolError(f"the worker speaks version {message.get('version')}, and this runner {VERSION}")
    if message.get("type") not in (*ORDER_TYPES, "stop"):
        raise ProtocolError(f"the type {message.get('type')!r} is not known; expected run, score or stop")
    if message["type"] == "run" and set(message["data"]) - {"train", "validation"}:
        raise ProtocolError("run names another split than train and validation; only score reads the test split")
    return message


class Attempt:
    """One order's side of the channel: numbers its lines, and says every few seconds that it is alive."""

    def __init__(self, channel: Channel, order: RunnerRun | RunnerScore) -> None:
        self._channel = channel
        self._order = order
        self._next = 0
        self._lock = threading.Lock()
        self._done = threading.Event()
        self.phase = "loading"

    def __enter__(self) -> Attempt:
        threading.Thread(target=self._beat, name="signs of life", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    @property
    def stop(self) -> RunnerStop | None:
        return self._channel.stop_of(self._order)

    def say(self, kind: str, **fields: Any) -> None:
        with self._lock:
            line = {
                "version": VERSION,
                "type": kind,
                "trial": self._order["trial"],
                "attempt": self._order["attempt"],
                "sequence": self._next,
            }
            self._next += 1
            self._channel.say({**line, **fields})

    def _beat(self) -> None:
        while not self._done.wait(ALIVE_SECONDS):
            self.say("alive", phase=self.phase)
