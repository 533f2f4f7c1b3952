"""What is written to a terminal."""

from __future__ import annotations

import unittest
from typing import Any, Dict

from rankforge import Board
from rankforge.progress import progress_text

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
