"""Data sets: rows of Python, or files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Literal, Mapping, Optional, Union, cast

from . import types
from .errors import RankforgeError
from .transport import Query, Request, Transport, path_of
from .uploads import PathLike, send_bytes, send_file

Rows = Iterable[Mapping[str, Any]]

_FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
"""Formats of tables by the endings of files; those of collections are named."""

_MOST_ROWS = 200
"""Rows that the API gives at once."""


class DatasetCalls:
    """What a client does with data sets."""

    transport: Transport

    def add_dataset(
        self,
        name: str,
        data: Union[Rows, PathLike],
        mapping: Mapping[str, Any],
        *,
        split: Optional[Mapping[str, Any]] = None,
        format: Optional[types.DatasetFormat] = None,
        **fields: Any,
    ) -> types.Dataset:
        """Add a data set; a sweep names it by its `task`, and its `report` says what is in it.

        `data` is a list of dicts, a data frame of pandas or polars, whose empty cells are sent as such, or a file (JSONL, CSV, TSV or
        Parquet by its ending; others by `format`). `mapping` says what is learned, and from which columns:
        `{"objective": "classification", "text": "body", "label": "stars"}`. Without a `split` a tenth is for validation and a tenth for
        the test, by a hash of the content. `skipEmpty=True` leaves out rows with an empty cell.
        """
        return cast(types.Dataset, self._send_rows("/v1/datasets", name, data, mapping, split, format, fields))

    def preview_dataset(
        self,
        name: str,
        data: Union[Rows, PathLike],
        mapping: Mapping[str, Any],
        *,
        split: Optional[Mapping[str, Any]] = None,
        format: Optional[types.DatasetFormat] = None,
        **fields: Any,
    ) -> types.DatasetPreview:
        """Say what `add_dataset` would keep, and what is wrong with it; nothing is kept."""
        found = self._send_rows("/v1/datasets/preview", name, data, mapping, split, format, fields)
        return cast(types.DatasetPreview, found)

    def datasets(self) -> List[types.Dataset]:
        """List data sets, newest first."""
        return cast(types.DatasetList, self.transport.json(Request("GET", "/v1/datasets")))["datasets"]

    def dataset_rows(
        self, id: str, split: Optional[Literal["train", "validation", "test"]] = None
    ) -> Iterator[types.DatasetRow]:
        """Read the examples of a data set, by its id, as they are trained on: of one split, or of all.

        Whoever trains elsewhere on `train` has an adapter that stands fairly beside those of here.
        """
        offset = 0
        while True:
            query: Query = {"split": split, "offset": offset, "limit": _MOST_ROWS}
            found = self.transport.json(Request("GET", path_of("datasets", id, "rows"), query))
            rows = cast(types.DatasetRows, found)["rows"]
            yield from rows
            offset += len(rows)
            if len(rows) < _MOST_ROWS:
                return

    def remove_dataset(self, id: str) -> None:
        """Delete a data set, by its id, that no sweep uses."""
        self.transport.json(Request("DELETE", path_of("datasets", id)))

    def _send_rows(
        self,
        path: str,
        name: str,
        data: Union[Rows, PathLike],
        mapping: Mapping[str, Any],
        split: Optional[Mapping[str, Any]],
        format: Optional[str],
        fields: Mapping[str, Any],
    ) -> Any:
        spec: Dict[str, Any] = {"name": name, "mapping": dict(mapping), **fields}
        if split is not None:
            spec["split"] = dict(split)
        if not isinstance(data, (str, os.PathLike)):
            spec["format"] = format or "jsonl"
            return send_bytes(self.transport, path, spec, f"{name}.jsonl", _lines_of(data))
        spec["format"] = format or _format_of(data)
        return send_file(self.transport, path, spec, data)


def _format_of(file: PathLike) -> str:
    ending = Path(file).suffix.lower()
    if ending in _FORMATS:
        return _FORMATS[ending]
    raise RankforgeError(
        f"{os.fspath(file)}: the ending {ending!r} is none of {', '.join(_FORMATS)}; name the format with format=…"
    )


def _lines_of(rows: Any) -> bytes:
    """Rows as JSON lines."""
    lines = []
    for number, row in enumerate(_records_of(rows)):
        try:
            lines.append(json.dumps(dict(row), ensure_ascii=False, allow_nan=False, default=_plain).encode())
        except (TypeError, ValueError) as cause:
            raise RankforgeError(f"row {number} cannot be written as JSON: {cause}") from cause
    return b"".join(line + b"\n" for line in lines)


def _records_of(rows: Any) -> Iterable[Any]:
    """Rows as dicts. A data frame iterates over its columns; an empty cell of pandas is NaN, NaT or NA, as it has no null."""
    if hasattr(rows, "to_dicts"):
        return cast(Iterable[Any], rows.to_dicts())
    if hasattr(rows, "columns") and hasattr(rows, "notna"):
        return cast(Iterable[Any], rows.astype(object).where(rows.notna(), None).to_dict("records"))
    return cast(Iterable[Any], rows)


def _plain(value: Any) -> Any:
    """A number of numpy, or the like, as one of Python."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"expected texts, numbers, lists and dicts, got {type(value).__name__}")
