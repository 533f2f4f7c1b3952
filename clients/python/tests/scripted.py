"""A server that answers as a test says, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Type


class Asked(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    """By their names in small letters."""

    body: bytes


class Reply(NamedTuple):
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json", **headers})


BROKEN = Reply(0)
"""The connection is closed without an answer."""


class ScriptedServer:
    """Gives its replies one after another, the last one for good."""

    def __init__(
        self, *replies: Reply, answer: Optional[Callable[[Asked], Reply]] = None, is_early: bool = False
    ) -> None:
        self.is_early = is_early
        """It answers without reading what was sent, and closes the connection."""

        self.asked: List[Asked] = []
        self._replies = list(replies)
        self._answer = answer
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _reply(self) -> None:
                headers: Dict[str, str] = {name.lower(): value for name, value in self.headers.items()}
                length = 0 if server.is_early else int(headers.get("content-length") or 0)
                reply = server._next(Asked(self.command, self.path, headers, self.rfile.read(length)))
                self.close_connection = True
                if reply.status == 0:
                    return
                self.send_response(reply.status)
                for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_DELETE = _reply

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def _next(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if self._answer is not None:
            return self._answer(asked)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(
        self, _: Optional[Type[BaseException]], __: Optional[BaseException], ___: Optional[TracebackType]
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
