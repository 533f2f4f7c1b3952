"""Requests over HTTP: answers as JSON, refusals as exceptions, and reads that are tried again."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import IO, Any, Callable, Dict, Iterable, Mapping, Optional, Sequence, TypeVar, Union, cast
from urllib.parse import quote, urlencode

from .connection import Connection, is_proof, new_challenge
from .errors import ProblemError, RankforgeError, UnreachableError
from .opener import opener_for
from .types import Problem

T = TypeVar("T")
Query = Mapping[str, Union[None, str, int, float, bool, Sequence[Union[str, int, float]]]]

LONG_TIMEOUT = 3600.0
"""For work that is done before the answer begins: the API converts an adapter for up to thirty minutes."""

_LONGEST_PAUSE = 5.0
_SHOWN_CHARACTERS = 300

_AWAY = (502, 503, 504)
"""Statuses of an API that is away for the moment."""


@dataclass(frozen=True)
class Request:
    """A request to the API."""

    method: str
    path: str
    query: Query = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """Sent as JSON."""

    content: Optional[Iterable[bytes]] = None
    """Sent as it is, in place of `body`; the headers say its type and length."""

    is_repeatable: Optional[bool] = None
    """Whether it may be asked twice. Default: a GET may."""

    timeout: float = 60.0
    """Seconds without a byte after which it is given up."""


class Answer:
    """An answer whose body is still to be read; a context manager, which closes it."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self.headers: http.client.HTTPMessage = response.headers

    @property
    def body(self) -> IO[bytes]:
        return cast("IO[bytes]", self._response)

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self._response.close()


class Transport:
    """Sends requests to one installation."""

    def __init__(self, connection: Connection, patience: float) -> None:
        self.patience = patience
        self._use(connection)

    def _use(self, connection: Connection) -> None:
        self.connection = connection
        self._is_trusted = connection.launch_secret is None
        self._opener = opener_for(connection.url)

    def with_patience(self, patience: float) -> Transport:
        """The same installation, asked again for so many seconds while its API is away."""
        return Transport(self.connection, max(patience, self.patience))

    def json(self, request: Request) -> Any:
        """Ask for JSON; None where the answer has no body. Raises `ProblemError` and `UnreachableError`."""

        def read() -> bytes:
            with self._send(request) as answer, _as_away(self.connection.url):
                return answer.body.read()

        text = self._patiently(request, read)
        try:
            return json.loads(text) if text else None
        except ValueError as cause:
            raise UnreachableError(
                f"{request.method} {request.path} was answered with something else than JSON. "
                f"Is {self.connection.url} the address of the API?"
            ) from cause

    def open(self, request: Request) -> Answer:
        """Ask, and leave the body of the answer to be read. Raises `ProblemError` and `UnreachableError`."""
        return self._patiently(request, lambda: self._send(request))

    def _patiently(self, request: Request, ask: Callable[[], T]) -> T:
        """Asks again while the API is away, for example because it is started again."""
        is_repeatable = request.method == "GET" if request.is_repeatable is None else request.is_repeatable
        until = time.monotonic() + (self.patience if is_repeatable else 0)
        pause = 0.25
        while True:
            try:
                return ask()
            except _Away as away:
                # What answers next may be another program, or the same platform at another port.
                if isinstance(away.error, UnreachableError):
                    self._use(self.connection.again())
                pause = min(pause * 2, _LONGEST_PAUSE)
                wait = pause if away.after is None else away.after
                if not is_repeatable or time.monotonic() + wait > until:
                    raise away.error from away.__cause__
            time.sleep(wait)

    def _send(self, request: Request) -> Answer:
        if not re.fullmatch(r"/[!-~]*", request.path):
            raise RankforgeError(f"{request.path!r} is no path of the API: expected one as '/v1/methods'")
        if self.connection.key and not self._is_trusted:
            self._trust()
        url, key, project = self.connection.url, self.connection.key, self.connection.project
        headers: Dict[str, str] = {"accept": "application/json", **request.headers}
        content: Any = request.content
        if content is None and request.body is not None:
            content = _json(request.body)
            headers["content-type"] = "application/json"
        if key:
            headers["authorization"] = f"Bearer {key}"
        if project:
            headers["rankforge-project"] = project
        sent = urllib.request.Request(
            url + request.path + _query_text(request.query),
            data=content,
            headers=headers,
            method=request.method,
        )
        with _as_away(url):
            try:
                return Answer(self._opener.open(sent, timeout=request.timeout))
            except urllib.error.HTTPError as refusal:
                error = ProblemError(_problem_of(refusal, refusal.read()))
                after = _seconds(refusal.headers.get("retry-after"))
                if refusal.code in _AWAY or (refusal.code == 429 and after is not None):
                    raise _Away(error, after) from None
                raise error from None

    def _trust(self) -> None:
        """The platform may have been killed, and its port be another program's by now: that one gets no key.

        It may also have been started again since it was found.
        """
        is_launched = self._is_launched()
        again = self.connection.again()
        if not is_launched and again != self.connection:
            self._use(again)
            is_launched = self._is_launched()
        if not is_launched:
            raise UnreachableError(
                f"what answers at {self.connection.url} is not the API that `rankforge up` started, so no key was sent to it: "
                "start `rankforge up` again, or set RANKFORGE_URL and RANKFORGE_KEY"
            )
        self._is_trusted = True

    def _is_launched(self) -> bool:
        """Whether the API proves that `rankforge up` started it."""
        url, challenge = self.connection.url, new_challenge()
        with _as_away(url):
            try:
                with self._opener.open(f"{url}/readyz?challenge={challenge}", timeout=5) as response:
                    text = response.read()
            except urllib.error.HTTPError as unready:
                # An API that waits for one of its servers proves itself all the same.
                text = unready.read()
        proof = _json_object(text).get("proof")
        return is_proof(proof, secret=self.connection.launch_secret or "", challenge=challenge, url=url)


class _Away(Exception):
    """The API is away for the moment; after so many seconds it may be asked again."""

    def __init__(self, error: RankforgeError, after: Optional[float]) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


class _as_away:
    """Says of failures of the network that the API is away."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, cause: Optional[BaseException], __: object) -> None:
        if not isinstance(cause, (OSError, http.client.HTTPException)):
            return
        reason = cause.reason if isinstance(cause, urllib.error.URLError) else cause
        message = f"no answer from {self._url} ({reason}): start it with `rankforge up`, or set RANKFORGE_URL"
        raise _Away(UnreachableError(message), None) from cause


def path_of(*parts: str) -> str:
    """A path of the API, whatever its parts hold.

    >>> path_of("sweeps", "a/b")
    '/v1/sweeps/a%2Fb'
    """
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _json(body: Any) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError) as cause:
        raise RankforgeError(f"the request cannot be written as JSON: {cause}") from cause


def _query_text(query: Query) -> str:
    asked = {name: _query_value(value) for name, value in query.items() if value is not None}
    return "?" + urlencode(asked, doseq=True) if asked else ""


def _query_value(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _seconds(text: Optional[str]) -> Optional[float]:
    return float(text) if text is not None and text.isdigit() else None


def _json_object(text: bytes) -> Dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _problem_of(refusal: urllib.error.HTTPError, text: bytes) -> Problem:
    """The problem of an answer. What stands between may refuse in a form of its own: it is put into that of one."""
    said = _json_object(text)
    if isinstance(said.get("title"), str) and isinstance(said.get("status"), int):
        return cast(Problem, said)
    problem: Problem = {"type": "about:blank", "title": refusal.reason or "refused", "status": refusal.code}
    if text:
        problem["detail"] = text.decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
    return problem
