"""Files that are sent: as forms of their description and their content, which is read while it is sent."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, Mapping, Union

from .errors import RankforgeError
from .transport import LONG_TIMEOUT, Request, Transport

PathLike = Union[str, "os.PathLike[str]"]

_CHUNK = 1 << 20


def send_file(transport: Transport, path: str, spec: Mapping[str, Any], file: PathLike) -> Any:
    """Send a file, which is read meanwhile, and read the answer."""
    try:
        content = open(file, "rb")
    except OSError as cause:
        raise RankforgeError(f"{os.fspath(file)} cannot be read: {cause.strerror}") from cause
    with content:
        size = os.fstat(content.fileno()).st_size
        chunks = iter(lambda: content.read(_CHUNK), b"")
        return transport.json(_upload(path, spec, Path(file).name, chunks, size))


def send_bytes(transport: Transport, path: str, spec: Mapping[str, Any], name: str, content: bytes) -> Any:
    """Send a file that lies in memory, and read the answer."""
    return transport.json(_upload(path, spec, name, [content], len(content)))


def _upload(path: str, spec: Mapping[str, Any], name: str, content: Iterable[bytes], size: int) -> Request:
    boundary = f"rankforge-{secrets.token_hex(16)}"
    shown = name.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="spec"\r\n\r\n{json.dumps(spec, allow_nan=False)}\r\n'
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{shown}"\r\n'
        "content-type: application/octet-stream\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    def parts() -> Iterator[bytes]:
        yield head
        yield from content
        yield tail

    headers: Dict[str, str] = {
        "content-type": f"multipart/form-data; boundary={boundary}",
        "content-length": str(len(head) + size + len(tail)),
    }
    return Request("POST", path, headers=headers, content=parts(), timeout=LONG_TIMEOUT)
