"""A worker's side of a conversation with a runner in a process of its own."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

SOURCES = Path(__file__).parent.parent / "src"


class Talk:
    def __init__(self, program: Sequence[str] = ("-m", "rankforge_torch")) -> None:
        read_orders, self._orders = high_pipe()
        lines, write_lines = high_pipe()
        start = f"import os; os.dup2({read_orders}, 3); os.dup2({write_lines}, 4); "
        start += f"os.execv({sys.executable!r}, {[sys.executable, *program]!r})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", start],
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
            pass_fds=(read_orders, write_lines),
            stderr=subprocess.PIPE,
        )
        os.close(read_orders)
        os.close(write_lines)
        self._reader = os.fdopen(lines)

    def __enter__(self) -> Talk:
        self.ready = next(self.lines())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()

    def say(self, line: dict[str, Any] | bytes) -> None:
        os.write(self._orders, line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")

    def hang_up(self) -> None:
        os.close(self._orders)

    def lines(self) -> Iterator[dict[str, Any]]:
        for line in self._reader:
            yield json.loads(line)

    def until_end(self) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = []
        for line in self.lines():
            said.append(line)
            if line["type"] == "ended":
                return said
        raise AssertionError(f"it ended without a word: {(self.process.stderr or sys.stdin).read()!r}")


def high_pipe() -> tuple[int, int]:
    """A pipe with numbers above those of the runner's own two."""
    pipe = os.pipe()
    read, write = (fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in pipe)
    for each in pipe:
        os.close(each)
    return read, write
