"""Rows that are sent."""

from __future__ import annotations

import json
import unittest
from typing import Any, Dict, List

from rankforge import Client, RankforgeError
from scripted import ScriptedServer, as_json

NAN = float("nan")


class Frame:
    """What is asked of a data frame of pandas, where this is run without it. An empty cell of its is NaN."""

    def __init__(self, **columns: List[Any]) -> None:
        self.columns = columns

    def __iter__(self) -> Any:
        return iter(self.columns)

    def astype(self, kind: type) -> Frame:
        assert kind is object
        return self

    def notna(self) -> Dict[str, List[bool]]:
        return {name: [value == value for value in values] for name, values in self.columns.items()}

    def where(self, kept: Dict[str, List[bool]], other: None) -> Frame:
        return Frame(
            **{
                name: [value if keep else other for value, keep in zip(values, kept[name])]
                for name, values in self.columns.items()
            }
        )

    def to_dict(self, orient: str) -> List[Dict[str, Any]]:
        assert orient == "records"
        return [dict(zip(self.columns, values)) for values in zip(*self.columns.values())]


class Polars:
    """A data frame of polars has rows by another name, and nulls."""

    columns = ["text", "stars"]

    def to_dicts(self) -> List[Dict[str, Any]]:
        return [{"text": "a", "stars": 1.5}, {"text": None, "stars": None}]


class Rows(unittest.TestCase):
    def sent(self, rows: Any) -> List[Any]:
        with ScriptedServer(as_json({})) as server:
            Client(server.url).add_dataset("rows", rows, {"objective": "regression"})
        lines = server.asked[0].body.split(b"\r\n\r\n")[2].split(b"\r\n")[0]
        return [json.loads(line) for line in lines.splitlines()]

    def test_empty_cells_of_data_frames_are_sent_as_such(self) -> None:
        expected = [{"text": "a", "stars": 1.5}, {"text": None, "stars": None}]
        for frame in (Frame(text=["a", NAN], stars=[1.5, NAN]), Polars()):
            self.assertEqual(self.sent(frame), expected)

    def test_a_row_that_cannot_be_written_is_named(self) -> None:
        for wrong in ("\ud800", NAN, {1, 2}):
            with self.assertRaisesRegex(RankforgeError, "^row 1 cannot be written as JSON: "):
                Client("http://127.0.0.1:9").add_dataset("rows", [{"text": "a"}, {"text": wrong}], {})
