"""The client of an installation."""

from __future__ import annotations

import uuid
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Union, cast

from . import types
from .adapters import AdapterCalls, evaluation_of
from .board import Board
from .connection import find_connection
from .datasets import DatasetCalls
from .documents import read_document
from .events import Event, events
from .runs import Runs
from .sweep import Sweep
from .transport import Query, Request, Transport, path_of
from .trial import Trial
from .uploads import PathLike

Spec = Union[types.CreateSweep, Mapping[str, Any], PathLike]
"""A request for a sweep: as a dict, or a file of JSON."""


class Client(AdapterCalls, DatasetCalls):
    """Talks to one installation.

    It finds the API as the command line does: `url` and `key`, then `RANKFORGE_URL` and `RANKFORGE_KEY`, then the platform that
    `rankforge up` runs, by the nearest `.rankforge` in this folder or above it, or the one that `RANKFORGE_HOME` names. `project` is for
    keys of a whole installation. Fields of requests and queries keep the names that they have in the API.

    While the API is away, what only reads is asked again for `patience` seconds, and so is a submit, which makes one sweep all the same.

    >>> client = Client()                                          # doctest: +SKIP
    >>> sweep = client.submit("sweep.json").wait(progress=True)    # doctest: +SKIP
    >>> print(sweep.board())                                       # doctest: +SKIP
    """

    def __init__(
        self,
        url: Optional[str] = None,
        key: Optional[str] = None,
        *,
        project: Optional[str] = None,
        patience: float = 10.0,
    ) -> None:
        self.transport = Transport(find_connection(url, key, project), patience)

    def __repr__(self) -> str:
        return f"<Client of {self.transport.connection.url}>"

    def request(self, method: str, path: str, *, query: Optional[Query] = None, body: Any = None) -> Any:
        """Ask for anything that the API has, such as `request("GET", "/v1/methods")`, and read JSON."""
        return self.transport.json(Request(method, path, query or {}, body=body))

    def me(self) -> types.Me:
        """Say whose key this is, and in which project it acts."""
        return cast(types.Me, self.request("GET", "/v1/me"))

    def preview(self, spec: Spec) -> types.SweepPreview:
        """Say what a sweep would run, what would not fit and why, and what is known; nothing is written."""
        request = Request("POST", "/v1/sweeps/preview", body=read_document(spec), is_repeatable=True)
        return cast(types.SweepPreview, self.transport.json(request))

    def estimate(self, request: Union[types.CreateEstimate, Mapping[str, Any], PathLike]) -> types.Estimate:
        """Predict the memory of trainings from the shapes of a model; nothing is run."""
        asked = Request("POST", "/v1/estimate", body=read_document(request), is_repeatable=True)
        return cast(types.Estimate, self.transport.json(asked))

    def submit(self, spec: Spec, *, idempotency_key: Optional[str] = None) -> Sweep:
        """Make a sweep of a dict or a file of JSON.

        A request that is sent twice because the connection broke makes one sweep; under an `idempotency_key` of your own so does a
        program that is run twice.
        """
        headers = {"idempotency-key": idempotency_key or str(uuid.uuid4())}
        request = Request("POST", "/v1/sweeps", headers=headers, body=read_document(spec), is_repeatable=True)
        return Sweep(self, cast(types.SweepDetail, self.transport.json(request)))

    def runs(
        self,
        name: str,
        base: str,
        *,
        metric: Optional[str] = None,
        direction: Optional[str] = None,
        range: Optional[Sequence[Optional[float]]] = None,
        title: Optional[str] = None,
    ) -> Runs:
        """Name a board of runs that are trained elsewhere, which `record` puts them on.

        `base` may be the id of a model on a hub. A new board is of accuracy unless `metric` says otherwise; `direction` is "maximize" or
        "minimize", and `range` the lowest and the highest score, which the names of common metrics say themselves.
        """
        asked = {"name": metric or "accuracy", "direction": direction, "range": None if range is None else list(range)}
        said = {} if metric is None and direction is None and range is None else {"metric": _said(asked)}
        return Runs(self, name, base, {**said, **_said({"title": title})})

    def sweep(self, id: str) -> Sweep:
        """Read a sweep."""
        return Sweep(self, cast(types.SweepDetail, self.request("GET", path_of("sweeps", id))))

    def sweeps(self, **query: Any) -> Iterator[Sweep]:
        """List sweeps, newest first, page by page as they are read: all, or those of a `state`, of a `task`, with a `tag` or each of a
        list of them, or with a text in their name, task, base model, note or a tag (`search`)."""
        return (Sweep(self, sweep) for sweep in self._pages("/v1/sweeps", query))

    def trial(self, id: str) -> Trial:
        """Read a trial."""
        return Trial(self, cast(types.TrialDetail, self.request("GET", path_of("trials", id))))

    def trials(self, **query: Any) -> Iterator[Trial]:
        """List trials, page by page as they are read, by `sweepId`, `state`, `kind`, `method`, `rank`, `seed`, `sort` and so on."""
        return (Trial(self, trial) for trial in self._pages("/v1/trials", query))

    def evaluate(
        self,
        names: Union[str, Sequence[str]],
        task: str,
        *,
        memoryBudgetMiB: float = 4096,
        engine: Optional[types.EngineName] = None,
        **training: Any,
    ) -> Sweep:
        """Submit the evaluation of imported adapters: each is scored here as it is, and gets a row beside what was trained here.

        Its row has `adapter` set and 0 `steps`, and its name says that it was not trained here. Several adapters are of one base and on the
        same layers. `training` may set `sequenceLength` and `batchSize`.
        """
        adapters = self._imported([names] if isinstance(names, str) else names)
        fields = {"memoryBudgetMiB": [memoryBudgetMiB], **({"engine": engine} if engine else {})}
        return self.submit(evaluation_of(adapters, task, fields, training))

    def board(self, task: str, base: str, **query: Any) -> Board:
        """Read who wins on a task and base, over all sweeps or by `sweepId`.

        `by="configuration"` has a row for each configuration; `memoryBudgetMiB`, `maxTrainableParameters`, `rank` and `atMost` choose
        among those within limits; `margin`, `metric`, `cost`, `kind` and `scenario` are as in `GET /v1/leaderboard`.
        """
        found = self.request("GET", "/v1/leaderboard", query={"task": task, "base": base, **query})
        return Board(cast(types.Leaderboard, found))

    def boards(self) -> List[types.BoardListBoard]:
        """List boards that have a result on them."""
        return cast(types.BoardList, self.request("GET", "/v1/leaderboards"))["boards"]

    def methods(self) -> types.MethodList:
        """Read methods, optimizers, strategies and recipes, with the JSON Schema of their settings."""
        return cast(types.MethodList, self.request("GET", "/v1/methods"))

    def tasks(self) -> List[types.Task]:
        """List what a sweep may name as its task; data sets come last."""
        return cast(types.TaskList, self.request("GET", "/v1/tasks"))["tasks"]

    def bases(self) -> List[types.Base]:
        """List base models."""
        return cast(types.BaseList, self.request("GET", "/v1/bases"))["bases"]

    def events(self, *, sweep: Optional[str] = None, last_event_id: Optional[str] = None) -> Iterator[Event]:
        """Follow what happens, for good: from now on, or behind `last_event_id`, with no gap and no repeat."""
        return events(self.transport, sweep, last_event_id)

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        cursor: Optional[str] = None
        while True:
            page: Dict[str, Any] = self.request("GET", path, query={**query, "cursor": cursor})
            yield from page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return


def _said(fields: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
