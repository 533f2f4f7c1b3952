"""Where the API is, and with which key: what is given, else the environment, else the platform of this machine."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Optional
from urllib.parse import urlsplit

from .errors import RankforgeError


@dataclass(frozen=True)
class Connection:
    """An installation to talk to."""

    url: str
    key: Optional[str] = field(repr=False)
    project: Optional[str]
    home: Optional[Path] = None
    """The `.rankforge` whose platform this is; None for an address that was given."""

    launch_secret: Optional[str] = field(default=None, repr=False)
    """By which the API of this machine proves that `rankforge up` started it; None for an address that was given."""

    given_key: Optional[str] = field(default=None, repr=False)
    """The key that was given, in place of that of `home`."""

    def again(self) -> Connection:
        """The same platform of this machine as it is by now: a start may give it another port, and gives another secret."""
        return self if self.home is None else _local(self.home, self.given_key, self.project) or self


def find_connection(
    url: Optional[str] = None,
    key: Optional[str] = None,
    project: Optional[str] = None,
    env: Optional[Mapping[str, str]] = None,
) -> Connection:
    """Find the API as the command line does: arguments, then `RANKFORGE_URL` and `RANKFORGE_KEY`, then `.rankforge`.

    The folder is the one that `RANKFORGE_HOME` names, else the nearest `.rankforge` in the working folder or above it. Its key goes to
    the API of that folder alone, never to an address that was given.

    Raises `RankforgeError` where no API is known.
    """
    env = os.environ if env is None else env
    given = url or env.get("RANKFORGE_URL")
    key = _sendable("the key", key or env.get("RANKFORGE_KEY"))
    project = _sendable("the project", project or env.get("RANKFORGE_PROJECT"))
    if given:
        return Connection(_checked(given, "url" if url else "RANKFORGE_URL"), key, project)
    home = _home(env)
    local = None if home is None else _local(home, key, project)
    if local is None:
        raise RankforgeError(
            "no API is known: start one with `rankforge up`, and name its folder by RANKFORGE_HOME where it is not in this "
            "folder or above it; or set RANKFORGE_URL and RANKFORGE_KEY"
        )
    return local


def _local(home: Path, key: Optional[str], project: Optional[str]) -> Optional[Connection]:
    """The platform of a folder; None where none runs."""
    state = _read_state(home)
    url, secret = state.get("apiUrl"), state.get("launchSecret")
    if not isinstance(url, str):
        return None
    return Connection(
        _checked(url, str(home / "state.json")),
        key or _read_key(home),
        project,
        home=home,
        launch_secret=secret if isinstance(secret, str) else "",
        given_key=key,
    )


def _sendable(what: str, text: Optional[str]) -> Optional[str]:
    """A value of a header, without what a file ends with. One that cannot be sent is refused and not shown."""
    text = text and text.strip()
    if text and not (text.isascii() and text.isprintable()):
        raise RankforgeError(f"{what} holds characters that no request can carry: copy it again")
    return text


def new_challenge() -> str:
    """A text for the API to prove itself by."""
    return secrets.token_hex(32)


def is_proof(given: object, *, secret: str, challenge: str, url: str) -> bool:
    """Whether what answered at `url` knows the secret with which `rankforge up` started the API there."""
    expected = hmac.new(secret.encode(), f"{challenge} {urlsplit(url).port or 80}".encode(), hashlib.sha256).hexdigest()
    return secret != "" and isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _checked(url: str, source: str) -> str:
    if "@" in url:
        raise RankforgeError(f"{source} holds a name or a password, which is not sent: give a key by RANKFORGE_KEY")
    if not _is_address(url):
        raise RankforgeError(f"{source} is no address: expected one as http://127.0.0.1:8080, got {url!r}")
    return url.rstrip("/")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_complete and re.fullmatch(r"[!-~]+", url) is not None and "?" not in url and "#" not in url


def _home(env: Mapping[str, str]) -> Optional[Path]:
    if env.get("RANKFORGE_HOME"):
        return Path(env["RANKFORGE_HOME"]).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        found = folder / ".rankforge"
        if (found / "state.json").is_file() and _is_own(found):
            return found
    return None


def _is_own(folder: Path) -> bool:
    """A folder of another user, as in /tmp, could name an API that collects keys."""
    return not hasattr(os, "geteuid") or folder.stat().st_uid in (0, os.geteuid())


def _read_state(home: Path) -> Dict[str, Any]:
    file = home / "state.json"
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as cause:
        raise RankforgeError(f"{file} is not JSON: delete it, and start `rankforge up` again") from cause
    return state if isinstance(state, dict) else {}


def _read_key(home: Path) -> Optional[str]:
    """The key that `rankforge up` made for this machine; only its owner may read it."""
    try:
        return (home / "admin.key").read_text(encoding="utf-8").strip()
    except OSError:
        return None
