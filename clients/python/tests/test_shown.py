"""What is written to a terminal."""

from __future__ import annotations

import contextlib
import io
import unittest
from typing import Any, Dict
from unittest import mock

from rankforge import Board
from rankforge.progress import progress_line, progress_text

NAME = "a\x1b]52;c;AA\x07\n b"
SHOWN = "a\ufffd]52;c;AA\ufffd b"


class Shown(unittest.TestCase):
    def test_names_in_a_table_write_no_escape_sequence_and_no_further_line(self) -> None:
        row: Dict[str, Any] = {"name": NAME, "score": 2, "interval": [1, 3], "measuredPeakBytes": None, "group": "a"}
        board: Any = {
            "answer": f"{NAME} leads",
            "metric": {"name": "loss"},
            "rows": [{**row, "seeds": 3, "status": "scored"}],
        }
        answer, more, _, _, line = str(Board(board)).split("\n")
        self.assertEqual((answer, more), ("a\ufffd]52;c;AA\ufffd", " b leads"))
        self.assertTrue(line.startswith(f"{SHOWN}  2 "), line)

    def test_the_line_of_progress_writes_no_escape_sequence_and_is_one_line(self) -> None:
        counts = dict.fromkeys(("SUCCEEDED", "OVER_BUDGET", "FAILED", "CANCELLED", "PRUNED"), 0)
        at: Any = {"name": NAME, "trials": counts, "total": 4, "stepsDone": 0, "stepsTotal": 0, "state": "RUNNING"}
        sweep: Any = {**at, "etaSeconds": None, "reason": None}
        self.assertEqual(progress_text(sweep), f"{SHOWN}: 0 of 4 trials")

    def test_a_file_gets_a_line_of_progress_for_each_trial_that_ended(self) -> None:
        counts = dict.fromkeys(("SUCCEEDED", "OVER_BUDGET", "FAILED", "CANCELLED", "PRUNED"), 0)
        at: Any = {"name": "s", "trials": counts, "total": 2, "stepsTotal": 4, "etaSeconds": None, "reason": None}
        looks = [(0, 0, "RUNNING"), (0, 1, "RUNNING"), (1, 2, "RUNNING"), (1, 3, "PAUSED"), (2, 4, "COMPLETED")]
        file = io.StringIO()
        with contextlib.redirect_stderr(file):
            show = progress_line()
            for ended, steps, state in looks:
                data = {**at, "trials": {**counts, "SUCCEEDED": ended}, "stepsDone": steps, "state": state}
                show(mock.Mock(data=data, has_ended=state == "COMPLETED"))
        self.assertEqual(
            file.getvalue().splitlines(),
            [
                "s: 0 of 2 trials, 0 of 4 steps",
                "s: 1 of 2 trials, 2 of 4 steps",
                "s: 1 of 2 trials, 3 of 4 steps, paused",
                "s: 2 of 2 trials, 4 of 4 steps, completed",
            ],
        )
