"""A sweep: what was submitted, how far it is, and what came out."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Literal, Optional, Sequence, Union, cast

from . import types
from .board import Board
from .downloads import name_of, save_file
from .events import follow
from .listed import Listed
from .printable import one_line
from .progress import progress_line
from .transport import LONG_TIMEOUT, Request, Transport, path_of
from .trial import Trial
from .uploads import PathLike

_PATIENCE = 60.0
"""Seconds for which the API may be away while a sweep is waited for, for example for a restart."""


class Sweep(Listed[types.Sweep]):
    """A sweep, as it was when it was last asked for; actions and `refresh` bring it up to date."""

    @property
    def name(self) -> str:
        return self.data["name"]

    @property
    def tags(self) -> List[str]:
        return self.data["tags"]

    @property
    def note(self) -> Optional[str]:
        return self.data["note"]

    @property
    def state(self) -> types.SweepState:
        return self.data["state"]

    @property
    def has_ended(self) -> bool:
        return self.state in ("COMPLETED", "CANCELLED")

    def __repr__(self) -> str:
        return f"<Sweep {self.id} {self.name!r}: {self.state}, {self.data['total']} trials>"

    def refresh(self) -> Sweep:
        """Bring it up to date."""
        return self._read(self._client.transport)

    def spec(self) -> types.CreateSweepOutput:
        """Read the request, with what it left to defaults."""
        found = self._client.transport.json(Request("GET", path_of("sweeps", self.id)))
        return cast(types.SweepDetail, found)["spec"]

    def wait(
        self, *, progress: Union[bool, Callable[[Sweep], object]] = False, timeout: Optional[float] = None
    ) -> Sweep:
        """Wait for its end, told by events; a connection that breaks goes on where it was.

        `progress` shows a line on standard error, or is called with the sweep each time it was looked at. Raises `TimeoutError` when
        something is heard of it after `timeout` seconds and it has not ended: that is fifteen seconds later at most. A sweep that was
        paused ends when somebody resumes or cancels it.
        """
        report = progress if callable(progress) else progress_line() if progress else _no_report
        until = None if timeout is None else time.monotonic() + timeout
        transport = self._client.transport.with_patience(_PATIENCE if timeout is None else min(timeout, _PATIENCE))
        looked = 0.0
        reads = follow(transport, self.id, silence=_PATIENCE if timeout is None else max(timeout, 1.0))
        with closing(cast(Any, reads)):
            for event in (read.event for read in reads):
                is_due = event is None or event["type"] == "sweep.state" or time.monotonic() - looked >= 1
                if is_due:
                    self._read(transport)
                    looked = time.monotonic()
                    report(self)
                if self.has_ended:
                    return self
                if until is not None and time.monotonic() >= until:
                    raise TimeoutError(f"{one_line(self.name)} ({self.id}) has not ended after {timeout} s: it is {self.state}")
        return self

    def board(self, **query: Any) -> Board:
        """Read the board of this sweep alone; `Client.board` says what may be asked."""
        return self._client.board(self.data["task"], self.data["base"], sweepId=self.id, **query)

    def trials(self, **query: Any) -> Iterator[Trial]:
        """List its trials, or some of them: `state="FAILED"`, `method="lora"`."""
        return self._client.trials(sweepId=self.id, **query)

    def curves(self, metric: str = "train/loss", **query: Any) -> types.SweepCurves:
        """Read one metric of all its trainings; longer series than `maxPoints` are thinned."""
        request = Request("GET", path_of("sweeps", self.id, "curves"), {"metric": metric, **query})
        return cast(types.SweepCurves, self._client.transport.json(request))

    def report(self, path: Optional[PathLike] = None, *, format: Optional[Literal["html", "md"]] = None) -> str:
        """Write a report of it as one file, for people who have no key, and return where it is.

        Default of `format`: `md` where the path ends so, else `html`. Default of `path`: the name that the API gives.
        """
        if format is None:
            format = "md" if path is not None and str(path).endswith(".md") else "html"
        request = Request("GET", path_of("sweeps", self.id, "report"), {"format": format}, timeout=LONG_TIMEOUT)
        with self._client.transport.open(request) as answer:
            file = Path(path or name_of(answer) or f"report-{self.id}.{format}")
            save_file(answer, file, None)
        return str(file)

    def winner(self, *, row: int = 0, **query: Any) -> Trial:
        """Find the training of a row of its board, the best one by default: of the row's seeds the one that is best on validation.

        `memoryBudgetMiB=7` asks for the best row within a budget. `winner().download()` writes its adapter in the best format that its
        method has. Raises `ProblemError` where there is no such row, or none of its trainings has a score on validation.
        """
        board = {"task": self.data["task"], "base": self.data["base"], "sweepId": self.id}
        request = Request("GET", "/v1/leaderboard/winner", {**board, "row": row + 1, **query})
        found = cast(types.BoardWinner, self._client.transport.json(request))
        return self._client.trial(found["trialId"])

    def cancel(self) -> Sweep:
        """End every trial that has not ended."""
        return self._act("cancel", is_repeatable=True)

    def pause(self) -> Sweep:
        """Start no further trial."""
        return self._act("pause", is_repeatable=True)

    def resume(self) -> Sweep:
        """Go on after a pause."""
        return self._act("resume", is_repeatable=True)

    def retry_failed(self) -> Sweep:
        """Queue failed trials again."""
        return self._act("retry-failed")

    def prioritize(self, priority: int) -> Sweep:
        """Run what has not started sooner (up to 100) or later (down to 0) than trials of other sweeps."""
        return self._act("priority", {"priority": priority}, is_repeatable=True)

    def change(self, **fields: Any) -> Sweep:
        """Change its name, its note or its tags, in any state: `name="…"`, `note=None`, `tags=[…]` for all of them, `addTags`, `removeTags`."""
        return self._send(Request("PATCH", path_of("sweeps", self.id), body=fields, is_repeatable=True))

    def extend(self, *, tied: Union[bool, int] = False, **axes: Sequence[float]) -> Sweep:
        """Add values to its axes (`seed`, `rank`, `learningRate`, `memoryBudgetMiB`); what is known is not run again.

        `tied=True` adds further seeds for what leads its board or is tied, and nothing else: as many as the board says, or `tied=3`.
        """
        body: Dict[str, Any] = dict(axes)
        if tied is not False:
            body["tied"] = {} if tied is True else {"seeds": tied}
        return self._act("extend", body)

    def _act(self, action: str, body: Optional[Dict[str, Any]] = None, is_repeatable: bool = False) -> Sweep:
        return self._send(Request("POST", path_of("sweeps", self.id, action), body=body, is_repeatable=is_repeatable))

    def _send(self, request: Request) -> Sweep:
        self.data = cast(types.SweepActionResult, self._client.transport.json(request))["sweep"]
        return self

    def _read(self, transport: Transport) -> Sweep:
        self.data = cast(types.SweepDetail, transport.json(Request("GET", path_of("sweeps", self.id))))
        return self


def _no_report(_: Sweep) -> None:
    pass
