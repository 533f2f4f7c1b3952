"""Errors of the client: all are a `RankforgeError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

from .printable import printable

if TYPE_CHECKING:
    from . import types


class RankforgeError(Exception):
    """Anything that the client, or the API, does not do."""


class UnreachableError(RankforgeError):
    """Nobody answers at the address, what answers is no API of Rankforge, or a download broke off."""


class ProblemError(RankforgeError):
    """A refusal, with the problem (RFC 9457) that the API answered with.

    >>> ProblemError({"type": "/problems/not-found", "title": "Not found", "status": 404}).status
    404
    """

    def __init__(self, problem: types.Problem) -> None:
        self.problem = problem
        super().__init__(_text_of(problem))

    @property
    def status(self) -> int:
        """Status of the answer, such as 404."""
        return self.problem["status"]

    @property
    def type(self) -> str:
        """Kind of the problem, such as `/problems/validation`."""
        return self.problem["type"]

    @property
    def title(self) -> str:
        return self.problem["title"]

    @property
    def detail(self) -> Optional[str]:
        return self.problem.get("detail")

    @property
    def errors(self) -> List[types.ProblemError]:
        """Fields that were refused, each with its `path` and a `message`; empty where none is named."""
        return self.problem.get("errors", [])


def _text_of(problem: types.Problem) -> str:
    title, detail, errors = problem["title"], problem.get("detail"), problem.get("errors", [])
    lines = [f"{problem['status']} {title}"]
    # With a list of errors the detail is the first of them once more.
    if detail and detail != title and not errors:
        lines.append(f"  {detail}")
    for error in errors:
        lines.append(f"  {error['path']}: {error['message']}" if error["path"] else f"  {error['message']}")
    return printable("\n".join(lines))
