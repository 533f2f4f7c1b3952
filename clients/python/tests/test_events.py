"""Streams of events, and waiting by them."""

from __future__ import annotations

import io
import json
import unittest
from itertools import islice
from typing import Any, Dict, List, Optional

from rankforge import Client, ProblemError, Sweep
from rankforge.events import read_stream
from scripted import Asked, Reply, ScriptedServer, as_json


def event(place: int, type: str = "trial.progress", **data: Any) -> str:
    told = {"id": f"1-{place}", "type": type, "sweepId": "s", "trialId": None, "at": "", "data": data}
    return f"id: 1-{place}\nevent: {type}\ndata: {json.dumps(told)}\n\n"


def stream(*events: str) -> Reply:
    return Reply(200, ("retry: 1000\n\n" + "".join(events)).encode(), {"content-type": "text/event-stream"})


def sweep(state: str) -> Reply:
    states = ("SUCCEEDED", "OVER_BUDGET", "FAILED", "CANCELLED", "PRUNED", "RUNNING")
    counts: Dict[str, int] = dict.fromkeys(states, 0)
    of = {"id": "s", "name": "a sweep", "state": state, "trials": counts, "total": 4, "stepsDone": 10, "stepsTotal": 40}
    return as_json({**of, "etaSeconds": None, "reason": None})


class ReadStream(unittest.TestCase):
    def test_reads_comments_lines_of_one_event_and_no_half_event(self) -> None:
        text = ': beat\n\nid: 1-1\ndata: {"id":\ndata: "1-1"}\n\nid: 1-2\r\ndata: {"id": "1-2"}\r\n\r\nid: 1-3\ndata: {"id"'
        self.assertEqual(
            [read.event for read in read_stream(io.BytesIO(text.encode()))], [None, {"id": "1-1"}, {"id": "1-2"}]
        )


class Following(unittest.TestCase):
    def test_a_stream_that_ends_goes_on_behind_the_last_event(self) -> None:
        with ScriptedServer(stream(event(1), event(2)), stream(event(3)), stream(event(4))) as server:
            events = Client(server.url).events(sweep="s")
            self.assertEqual([each["id"] for each in islice(events, 4)], ["1-1", "1-2", "1-3", "1-4"])
            self.assertEqual([asked.headers.get("last-event-id") for asked in server.asked], [None, "1-2", "1-3"])
            self.assertEqual({asked.path for asked in server.asked}, {"/v1/events?sweepId=s"})

    def test_a_key_that_has_ended_ends_it(self) -> None:
        refused = as_json(
            {"type": "/problems/unauthenticated", "title": "A valid API key is needed", "status": 401}, 401
        )
        with ScriptedServer(stream(event(1)), refused) as server, self.assertRaises(ProblemError):
            list(Client(server.url).events())


class Waiting(unittest.TestCase):
    def answers(self, states: List[str], streams: List[Reply]) -> ScriptedServer:
        def answer(asked: Asked) -> Reply:
            if asked.path.startswith("/v1/events"):
                return streams.pop(0)
            return sweep(states.pop(0))

        return ScriptedServer(answer=answer)

    def test_a_change_of_state_is_looked_at_and_an_end_is_seen_without_its_event(self) -> None:
        ended = [stream(event(1, "sweep.state", to="PAUSED")), stream()]
        seen: List[Optional[str]] = []
        with self.answers(["RUNNING", "RUNNING", "PAUSED", "COMPLETED"], ended) as server:
            found = Client(server.url).sweep("s").wait(progress=lambda sweep: seen.append(sweep.state))
            self.assertIsInstance(found, Sweep)
        self.assertEqual(seen, ["RUNNING", "PAUSED", "COMPLETED"])

    def test_a_sweep_that_has_ended_is_not_waited_for(self) -> None:
        with self.answers(["COMPLETED", "COMPLETED"], [stream()]) as server:
            self.assertTrue(Client(server.url).sweep("s").wait().has_ended)

    def test_time_that_is_over_names_the_sweep(self) -> None:
        with self.answers(["RUNNING"] * 9, [stream() for _ in range(9)]) as server:
            with self.assertRaisesRegex(TimeoutError, r"a sweep \(s\) has not ended after 0 s: it is RUNNING"):
                Client(server.url).sweep("s").wait(timeout=0)
