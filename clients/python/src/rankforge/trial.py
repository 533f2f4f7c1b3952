"""A trial: a training or a scoring of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Literal, Optional, cast

from . import types
from .downloads import name_of, save_file, save_folder
from .listed import Listed
from .transport import LONG_TIMEOUT, Request, path_of
from .uploads import PathLike


class Trial(Listed[types.Trial]):
    """A trial, as it was when it was asked for."""

    @property
    def state(self) -> types.TrialState:
        return self.data["state"]

    def __repr__(self) -> str:
        rank = "" if self.data["rank"] is None else f" r{self.data['rank']}"
        return (
            f"<Trial {self.id}: {self.data['kind']} {self.data['method']}{rank} seed {self.data['seed']}, {self.state}>"
        )

    def detail(self) -> types.TrialDetail:
        """Read its configuration, result, memory by part, attempts and artifacts."""
        return cast(types.TrialDetail, self._client.transport.json(Request("GET", path_of("trials", self.id))))

    def curves(self, *names: str, **query: Any) -> List[types.MetricSeries]:
        """Read series of metrics, such as `train/loss`, each with its `name`, `steps` and `values`; all where none is named.

        Longer ones than `maxPoints` (default: 500) are thinned, keeping extremes.
        """
        request = Request("GET", path_of("trials", self.id, "metrics"), {"name": names or None, **query})
        return cast(types.MetricSeriesList, self._client.transport.json(request))["series"]

    def log(self) -> types.TrialLog:
        """Read the end of the log of each attempt."""
        return cast(types.TrialLog, self._client.transport.json(Request("GET", path_of("trials", self.id, "log"))))

    def download(
        self, path: Optional[PathLike] = None, *, format: Optional[Literal["peft", "merged", "native"]] = None
    ) -> str:
        """Write its adapter, and return where it is.

        `peft` is a folder for `PeftModel.from_pretrained(base, folder)`, `merged` one of a whole model, and `native` our file. Default:
        the first of these that its method has on its base. A folder must not be there yet; its `README.md` has the code that loads it.
        Default of `path`: the name that the API gives.
        """
        query = {} if format is None else {"format": format}
        request = Request("GET", path_of("trials", self.id, "adapter"), query, timeout=LONG_TIMEOUT)
        with self._client.transport.open(request) as answer:
            name = name_of(answer) or self.id
            is_file = format == "native" or (format is None and answer.headers.get_content_type() != "application/x-tar")
            if not is_file:
                folder = Path(path or (name[: -len(".tar")] if name.endswith(".tar") else name))
                save_folder(answer, folder)
                return str(folder)
            file = Path(path or name)
            save_file(answer, file, self._stored_sha256())
            return str(file)

    def _stored_sha256(self) -> Optional[str]:
        """Of the stored file; a training that serves several ranks sends another for each, whose hash is not known."""
        detail = self.detail()
        if "trainedRank" in detail["spec"]:
            return None
        stored = [artifact for artifact in detail["artifacts"] if artifact["kind"] == "adapter"]
        return stored[-1]["sha256"] if stored else None
