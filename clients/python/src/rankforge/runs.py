"""Boards of runs that were trained elsewhere: recorded from a training script, compared by the statistics of boards."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, cast

from . import types
from .board import Board
from .transport import Request, path_of

if TYPE_CHECKING:
    from .client import Client

_LONGEST_BASE = 64
_MOST_AT_ONCE = 500
_MOST_CHARACTERS = 900_000
"""Of the runs of a request, of which the API takes 1 MiB at most."""

_FIELDS = {
    "learning_rate": "learningRate",
    "trainable_parameters": "trainableParameters",
    "adapter_bytes": "adapterBytes",
    "peak_bytes": "peakBytes",
}


class Runs:
    """A board of runs that were trained elsewhere, which is made by its first run.

    >>> runs = client.runs("my-comparison", base="meta-llama/Llama-3.2-3B")                         # doctest: +SKIP
    >>> runs.record("lora", rank=16, learning_rate=1e-4, seed=0, score=0.61, validation=0.6)        # doctest: +SKIP
    >>> print(runs.board())                                                                         # doctest: +SKIP
    """

    def __init__(self, client: Client, name: str, base: str, board: Mapping[str, Any]) -> None:
        self._client = client
        self._request = {"name": name, "base": base, **board}
        self.task = f"runs:{name}"
        self.base = _slug(base)

    def __repr__(self) -> str:
        return f"<Runs {self.task} on {self.base}>"

    def record(
        self,
        method: str,
        *,
        score: Any = None,
        examples: Optional[Iterable[Any]] = None,
        validation: Any = None,
        seed: int = 0,
        rank: Optional[int] = None,
        learning_rate: Optional[float] = None,
        optimizer: Optional[str] = None,
        steps: Optional[int] = None,
        config: Optional[Mapping[str, Any]] = None,
        trainable_parameters: Optional[int] = None,
        adapter_bytes: Optional[int] = None,
        peak_bytes: Optional[int] = None,
        device: Optional[str] = None,
        outcome: str = "finished",
        reason: Optional[str] = None,
    ) -> types.RunsAdded:
        """Put one run on the board: one configuration with one seed.

        `examples` are its scores of each test example, in one order for all runs; with them the comparison holds the luck of examples
        too. `score` alone compares over seeds. Numbers may be those of torch and numpy. A run of the same configuration and seed is
        replaced. One that ran out of memory is a result: `outcome="out-of-memory"`; one whose score is not finite has failed.
        """
        return self.add(
            [
                {
                    "method": method,
                    "score": score,
                    "examples": examples,
                    "validation": validation,
                    "seed": seed,
                    "rank": rank,
                    "learning_rate": learning_rate,
                    "optimizer": optimizer,
                    "steps": steps,
                    "config": config,
                    "trainable_parameters": trainable_parameters,
                    "adapter_bytes": adapter_bytes,
                    "peak_bytes": peak_bytes,
                    "device": device,
                    "outcome": outcome,
                    "reason": reason,
                }
            ]
        )

    def add(self, runs: Iterable[Mapping[str, Any]]) -> types.RunsAdded:
        """Put runs on the board, each a dict of what `record` takes. What is None is left out, as is NaN where it is no score."""
        sent: List[types.RunsAdded] = []
        for part in _parts([_run(run) for run in runs]):
            body = {**self._request, "runs": part}
            request = Request("POST", "/v1/runs", body=body, is_repeatable=True)
            sent.append(cast(types.RunsAdded, self._client.transport.json(request)))
        last = sent[-1]
        for count in ("added", "replaced", "known"):
            cast(Dict[str, Any], last)[count] = sum(cast(Dict[str, Any], answer)[count] for answer in sent)
        return last

    def board(self, **query: Any) -> Board:
        """Read the board; fields of the query keep the names that they have in the API."""
        return self._client.board(self.task, self.base, **query)

    def remove(self) -> types.RunsRemoved:
        """Remove the board with its runs."""
        path = path_of("runs", self._request["name"], self.base)
        return cast(types.RunsRemoved, self._client.transport.json(Request("DELETE", path)))


def _parts(runs: List[Dict[str, Any]]) -> Iterator[List[Dict[str, Any]]]:
    """Runs in order, as many together as a request takes; one part at least."""
    part: List[Dict[str, Any]] = []
    characters = 0
    for run in runs:
        more = len(json.dumps(run, default=str))
        if part and (len(part) == _MOST_AT_ONCE or characters + more > _MOST_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append(run)
        characters += more
    yield part


def _run(given: Mapping[str, Any]) -> Dict[str, Any]:
    plain = {_FIELDS.get(name, name): _plain(value) for name, value in given.items() if value is not None}
    scores = {name: plain.pop(name) for name in ("score", "examples") if name in plain}
    # Tables of pandas have NaN where there is nothing.
    run = {name: value for name, value in plain.items() if not _is_not_finite(value)}
    if not any(_is_not_finite(number) for number in [scores.get("score"), *scores.get("examples", [])]):
        return {**run, **scores}
    if run.get("outcome", "finished") != "finished":
        return run
    return {"reason": "its test score is not finite", **run, "outcome": "failed"}


def _is_not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it; scalars and lists of torch and numpy say by `tolist` what they hold."""
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {name: _setting(each) for name, each in value.items()}
    return [_plain(each) for each in value]


def _setting(value: Any) -> Any:
    return value if isinstance(value, bool) else _plain(value)


def _slug(base: str) -> str:
    """The name that boards have for a base model of a hub.

    >>> _slug("meta-llama/Llama-3.2-3B")
    'llama-3-2-3b'
    """
    name = re.sub(r"[^a-z0-9]+", "-", base.strip().split("/")[-1].lower())
    return re.sub(r"^-|-$", "", name)[:_LONGEST_BASE].rstrip("-")
