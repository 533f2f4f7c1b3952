"""What opens connections: with no redirects, past the proxy on this machine, and with an ear for answers that come early."""

from __future__ import annotations

import http.client
import ipaddress
import urllib.request
from typing import IO, Any
from urllib.parse import urlsplit


def opener_for(url: str) -> urllib.request.OpenerDirector:
    """An opener for the API at `url`."""
    # What runs on this machine is not behind the proxy that the environment names.
    proxies = [urllib.request.ProxyHandler({})] if _is_loopback(url) else []
    return urllib.request.build_opener(_NoRedirect, _Http, *_HTTPS, *proxies)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The API redirects nothing, and a key is not to be carried elsewhere."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> None:
        return None


class _HearsEarly(http.client.HTTPConnection):
    """A refusal, as of a key, comes while a large file is still being sent, and the connection is closed behind it."""

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        try:
            super().endheaders(message_body, encode_chunked=encode_chunked)
        except (BrokenPipeError, ConnectionResetError, ConnectionAbortedError):
            # The answer, where there is one, says more. One that is not connected cannot have any.
            if self.sock is None:
                raise


class _Http(urllib.request.HTTPHandler):
    def do_open(self, http_class: Any, req: urllib.request.Request, **args: Any) -> http.client.HTTPResponse:
        return super().do_open(_hearing(http_class), req, **args)


def _hearing(http_class: Any) -> Any:
    return type(http_class.__name__, (_HearsEarly, http_class), {})


_HTTPS = []
# Python may be built without TLS.
if hasattr(urllib.request, "HTTPSHandler"):

    class _Https(urllib.request.HTTPSHandler):
        def do_open(self, http_class: Any, req: urllib.request.Request, **args: Any) -> http.client.HTTPResponse:
            return super().do_open(_hearing(http_class), req, **args)

    _HTTPS = [_Https]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
