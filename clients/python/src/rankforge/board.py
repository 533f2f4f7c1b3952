"""A board: who wins on a task and a base, by how much, and whether the difference is real."""

from __future__ import annotations

from typing import Iterator, List, Optional, Sequence, Union

from .printable import one_line, printable
from .types import BudgetAnswer, Leaderboard, LeaderboardRow

Rows = List[LeaderboardRow]


class Board:
    """Rows of a board, the best first, and its answer in words.

    >>> board = client.board(task="moby-dick", base="nano-sotu")         # doctest: +SKIP
    >>> pandas.DataFrame(board.rows)[["name", "score", "interval"]]      # doctest: +SKIP
    """

    def __init__(self, data: Leaderboard) -> None:
        self.data = data
        """The board as the API has it."""

    @property
    def rows(self) -> Rows:
        """Each row as a dict: its `name` for people, its parts, `score`, `interval`, `group`, and what it took.

        Rows that share a letter of `group` cannot be told apart. A row whose `adapter` is set and whose `steps` are 0 was not trained
        here: it is an adapter that was imported, scored here.
        """
        return self.data["rows"]

    @property
    def answer(self) -> Optional[str]:
        """A line for each memory budget, the smallest first: what leads, what is tied with it, and what does not fit. None: nothing yet."""
        return self.data["answer"]

    @property
    def answers(self) -> List[BudgetAnswer]:
        """The same as a dict for each budget: `memoryBudgetMiB`, `leader`, `tied`, `doesNotFit`, `text`."""
        return self.data["answers"]

    @property
    def best(self) -> Optional[LeaderboardRow]:
        """The row that leads; None where none has a score."""
        leader = self.data["verdict"]["leader"]
        return None if leader is None else self.rows[leader]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[LeaderboardRow]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<Board of {self.data['task']} on {self.data['base']}: {len(self)} rows>"

    def __str__(self) -> str:
        """The answer and a table of the rows."""
        metric = self.data["metric"]["name"]
        head = ("row", metric, "95 % interval", "group", "MiB", "seeds", "status")
        lines = _table([head, *(_cells(row) for row in self.rows)])
        return "\n".join([*([printable(self.answer), ""] if self.answer else []), *lines])


def _cells(row: LeaderboardRow) -> Sequence[str]:
    interval, peak = row["interval"], row["measuredPeakBytes"]
    return (
        one_line(row["name"]),
        _number(row["score"]),
        f"{_number(interval[0])} to {_number(interval[1])}" if interval else "–",
        row["group"] or "–",
        "–" if peak is None else f"{peak / 2**20:.1f}",
        str(row["seeds"]),
        row["status"],
    )


def _number(value: Union[None, int, float]) -> str:
    return "–" if value is None else f"{value:.4g}"


def _table(rows: Sequence[Sequence[str]]) -> List[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
