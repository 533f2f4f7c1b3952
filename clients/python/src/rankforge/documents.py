"""Documents that are given as dicts or as files of JSON."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Mapping, Union, cast

from .errors import RankforgeError
from .uploads import PathLike


def read_document(given: Union[Mapping[str, Any], PathLike]) -> Dict[str, Any]:
    """Read a file of JSON; a dict is taken as it is. The API says what is wrong in it."""
    if isinstance(given, Mapping):
        return dict(given)
    try:
        with open(given, encoding="utf-8-sig") as file:
            document = json.load(file)
    except OSError as cause:
        raise RankforgeError(f"{os.fspath(given)} cannot be read: {cause.strerror}") from cause
    except ValueError as cause:
        raise RankforgeError(f"{os.fspath(given)} is not JSON: {cause}") from cause
    if not isinstance(document, dict):
        raise RankforgeError(f"{os.fspath(given)} holds no object of JSON, but {type(document).__name__}")
    return cast(Dict[str, Any], document)
