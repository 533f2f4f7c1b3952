"""Files that come: they appear when all has come, and nothing is left of a download that breaks off."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
import tarfile
from http.client import HTTPException
from pathlib import Path
from typing import Optional

from .errors import RankforgeError, UnreachableError
from .transport import Answer

_CHUNK = 1 << 20

_BROKEN = (HTTPException, ConnectionError, TimeoutError, socket.timeout)
"""Ends of a connection before its time."""


def save_file(answer: Answer, path: Path, sha256: Optional[str]) -> None:
    """Write a download to a file, in place of what was there. Raises `UnreachableError` where it is not what was expected."""
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / f"{path.name}.{secrets.token_hex(4)}.part"
    try:
        with open(part, "xb") as file:
            for chunk in iter(lambda: answer.body.read(_CHUNK), b""):
                digest.update(chunk)
                file.write(chunk)
            length = answer.headers.get("content-length")
            if length is not None and file.tell() != int(length):
                raise UnreachableError(f"the download broke off: {file.tell()} of {length} bytes came; try again")
        found = digest.hexdigest()
        if sha256 is not None and found != sha256:
            raise UnreachableError(f"{path} did not arrive whole: its sha256 is {found}, expected {sha256}; try again")
        os.replace(part, path)
    except _BROKEN as cause:
        raise UnreachableError(f"the download broke off: {cause}; try again") from cause
    finally:
        part.unlink(missing_ok=True)


def save_folder(answer: Answer, folder: Path) -> None:
    """Unpack an archive of files into a folder that is not there yet."""
    if folder.exists():
        raise RankforgeError(f"{folder} is there already: name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.parent / f"{folder.name}.{secrets.token_hex(4)}.part"
    part.mkdir()
    try:
        with tarfile.open(fileobj=answer.body, mode="r|") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is None or not re.fullmatch(r"[\w-][\w.-]*", member.name):
                    raise UnreachableError(f"the archive names a file {member.name!r}: nothing of it was kept")
                with open(part / member.name, "xb") as file:
                    shutil.copyfileobj(content, file, _CHUNK)
        part.rename(folder)
    except (tarfile.TarError, *_BROKEN) as cause:
        raise UnreachableError(f"the download broke off: {cause}; try again") from cause
    finally:
        shutil.rmtree(part, ignore_errors=True)


def name_of(answer: Answer) -> Optional[str]:
    """The name that the API gives a download; only a plain one, never a path."""
    found = re.search(r'filename="([\w.-]+)"', answer.headers.get("content-disposition") or "")
    return found[1] if found else None
