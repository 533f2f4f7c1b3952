"""Files that are sent: as forms of their description and their content, which is read while it is sent."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterable, Iterator, Mapping, Tuple, Union

from .errors import RankforgeError
from .transport import LONG_TIMEOUT, Request

PathLike = Union[str, "os.PathLike[str]"]

_CHUNK = 1 << 20


def upload_file(path: str, spec: Mapping[str, Any], file: PathLike) -> Tuple[Request, BinaryIO]:
    """A request with a file, and the open file, which the caller closes."""
    try:
        content = open(file, "rb")
    except OSError as cause:
        raise RankforgeError(f"{os.fspath(file)} cannot be read: {cause.strerror}") from cause
    size = os.fstat(content.fileno()).st_size
    return _upload(path, spec, Path(file).name, iter(lambda: content.read(_CHUNK), b""), size), content


def upload_bytes(path: str, spec: Mapping[str, Any], name: str, content: bytes) -> Request:
    """A request with a file that lies in memory."""
    return _upload(path, spec, name, [content], len(content))


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
