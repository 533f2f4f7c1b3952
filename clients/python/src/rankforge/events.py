"""Events of an installation, as server-sent events: a stream that breaks goes on behind the last event that was read."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import closing
from typing import IO, Any, Dict, Iterator, Literal, NamedTuple, Optional, TypedDict, cast

from .transport import Request, Transport

_SILENCE = 45.0
"""Seconds after which a stream is opened anew: one on which nothing happens brings a comment every fifteen."""

_PAUSE = 1.0
"""Seconds between two streams."""


class Event(TypedDict):
    """Something that happened."""

    id: str
    """Place in the log, to go on behind."""

    type: Literal["trial.state", "trial.progress", "sweep.state", "sweep.removed"]
    sweepId: str
    trialId: Optional[str]
    at: str
    data: Dict[str, Any]
    """Of a state `from` (None for what was made) and `to`; of progress `step` and `loss`."""


class Read(NamedTuple):
    """One thing that came by a stream."""

    event: Optional[Event]
    """None for a comment, which tells that the stream is alive, and for a stream that was opened."""


def read_stream(lines: IO[bytes]) -> Iterator[Read]:
    r"""Parse a stream of events, to its end.

    >>> import io
    >>> [read.event for read in read_stream(io.BytesIO(b': hello\n\nid: 1-2\ndata: {"id": "1-2"}\n\n'))]
    [None, {'id': '1-2'}]
    """
    data: Optional[str] = None
    for raw in lines:
        line = raw.decode("utf-8").rstrip("\r\n")
        name, _, value = line.partition(":")
        if line == "":
            if data is not None:
                yield Read(cast(Event, json.loads(data)))
            data = None
        elif name == "":
            yield Read(None)
        elif name == "data":
            value = value[1:] if value.startswith(" ") else value
            data = value if data is None else f"{data}\n{value}"


def follow(
    transport: Transport, sweep_id: Optional[str], last_event_id: Optional[str] = None, silence: float = _SILENCE
) -> Iterator[Read]:
    """Follow what happens for good, of one sweep or of all: from now on, or behind `last_event_id`.

    Each stream that opens gives a `Read` without an event. Before the first event there is no place to go on behind, so whoever
    follows a thing looks at it then.
    """
    while True:
        headers = {"accept": "text/event-stream"}
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        request = Request("GET", "/v1/events", {"sweepId": sweep_id}, headers, timeout=min(silence, _SILENCE))
        with transport.open(request) as answer:
            yield Read(None)
            try:
                for read in read_stream(answer.body):
                    if read.event is not None:
                        last_event_id = read.event["id"]
                    yield read
            except (OSError, http.client.HTTPException):
                # It broke off, or was silent for too long.
                pass
        time.sleep(_PAUSE)


def events(transport: Transport, sweep_id: Optional[str], last_event_id: Optional[str]) -> Iterator[Event]:
    """Follow events alone."""
    with closing(cast(Any, follow(transport, sweep_id, last_event_id))) as reads:
        for read in reads:
            if read.event is not None:
                yield read.event
