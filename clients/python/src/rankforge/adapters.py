"""Results of others: adapters that were trained elsewhere, and result files that are published as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union, cast

from . import types
from .documents import read_document
from .errors import RankforgeError
from .transport import Request, Transport, path_of
from .uploads import PathLike, send_file

_CONFIG = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"

_LONGEST_NAME = 200
"""Characters that the name of a sweep may have."""


class AdapterCalls:
    """What a client does with what was trained elsewhere."""

    transport: Transport

    def add_adapter(self, folder: PathLike, base: str, *, name: Optional[str] = None) -> types.Adapter:
        """Import a folder that `model.save_pretrained(folder)` of peft wrote, of the base model `base` here.

        Its name is that of the folder where none is given. What would change the numbers and is not known here is refused by its name.
        """
        config = read_document(Path(folder) / _CONFIG)
        spec = {"name": name or _slug(Path(folder).resolve().name), "base": base, "config": config}
        return cast(types.Adapter, send_file(self.transport, "/v1/adapters", spec, Path(folder) / _WEIGHTS))

    def adapters(self) -> List[types.Adapter]:
        """List imported adapters, newest first."""
        return cast(types.AdapterList, self.transport.json(Request("GET", "/v1/adapters")))["items"]

    def remove_adapter(self, id: str) -> None:
        """Delete an imported adapter, by its id, that no unfinished sweep starts from."""
        self.transport.json(Request("DELETE", path_of("adapters", id)))

    def add_published_result(
        self, result: Union[types.PeftResult, Mapping[str, Any], PathLike]
    ) -> types.PublishedResult:
        """Put a result file of peft's method comparison on a board of its own, which says whose results they are."""
        request = Request("POST", "/v1/published-results", body=read_document(result), is_repeatable=True)
        return cast(types.PublishedResult, self.transport.json(request))

    def _imported(self, names: Sequence[str]) -> List[types.Adapter]:
        known = self.adapters()
        return [_find(known, name) for name in names]


def evaluation_of(
    adapters: Sequence[types.Adapter], task: str, fields: Mapping[str, Any], training: Mapping[str, Any]
) -> Dict[str, Any]:
    """A sweep that scores adapters as they are. Raises `RankforgeError` where one sweep cannot score them all."""
    if not adapters:
        raise RankforgeError("no adapter is named")
    first = adapters[0]
    for other in adapters:
        if (other["base"], sorted(other["targets"])) != (first["base"], sorted(first["targets"])):
            raise RankforgeError(
                f"{first['name']} and {other['name']} are not of one base and on the same layers: evaluate them one after another; "
                "boards show both"
            )
    title = f"{', '.join(adapter['name'] for adapter in adapters)} on {task}"
    return {
        "name": title if len(title) <= _LONGEST_NAME else f"{len(adapters)} adapters on {task}",
        "task": task,
        "base": first["base"],
        "methods": [{"name": adapter["method"], "from": adapter["name"]} for adapter in adapters],
        "seed": [0],
        "training": {"steps": 0, "warmupSteps": 0, "targets": first["targets"], **training},
        **fields,
    }


def _find(adapters: Sequence[types.Adapter], name: str) -> types.Adapter:
    for adapter in adapters:
        if name in (adapter["name"], adapter["id"]):
            return adapter
    raise RankforgeError(f"there is no imported adapter {name!r}: add_adapter imports one")


def _slug(name: str) -> str:
    return re.sub(r"^-+|-+$", "", re.sub(r"[^a-z0-9]+", "-", name.lower()))
