"""Something that the API lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Mapping, TypeVar, cast

if TYPE_CHECKING:
    from .client import Client

Data = TypeVar("Data", bound=Mapping[str, object])


class Listed(Generic[Data]):
    """Something that the API lists, as it was when it was last asked for."""

    def __init__(self, client: Client, data: Data) -> None:
        self._client = client
        self.data = data
        """What the API lists of it, e.g. `data["state"]`."""

    @property
    def id(self) -> str:
        return cast(str, self.data["id"])
