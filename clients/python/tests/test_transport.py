"""Requests: what is tried again, and what refusals become."""

from __future__ import annotations

import tempfile
import unittest
from itertools import islice
from pathlib import Path

from rankforge import Client, ProblemError, RankforgeError, UnreachableError
from scripted import BROKEN, Asked, Reply, ScriptedServer, as_json

BUSY = as_json(
    {"type": "/problems/unavailable", "title": "A dependency is down", "status": 503}, 503, **{"retry-after": "0"}
)
ME = as_json({"name": "ada", "role": "viewer", "project": "default", "installation": False})


class Retries(unittest.TestCase):
    def test_a_read_is_asked_again_while_the_api_is_away(self) -> None:
        with ScriptedServer(BUSY, BROKEN, ME) as server:
            self.assertEqual(Client(server.url, "rf_key").me()["name"], "ada")
            self.assertEqual([asked.path for asked in server.asked], ["/v1/me"] * 3)
            self.assertEqual(server.asked[-1].headers["authorization"], "Bearer rf_key")

    def test_a_submit_is_sent_again_under_one_idempotency_key(self) -> None:
        with ScriptedServer(BROKEN, BUSY, as_json({"id": "1"}, 201)) as server:
            self.assertEqual(Client(server.url).submit({"name": "a"}).id, "1")
            keys = {asked.headers["idempotency-key"] for asked in server.asked}
            self.assertEqual((len(server.asked), len(keys)), (3, 1))
            self.assertEqual({asked.body for asked in server.asked}, {b'{"name": "a"}'})

    def test_what_must_not_happen_twice_is_sent_once(self) -> None:
        with ScriptedServer(as_json({"id": "1"}), BUSY) as server:
            with self.assertRaises(ProblemError) as raised:
                Client(server.url).sweep("1").extend(seed=[1])
            self.assertEqual(raised.exception.status, 503)
            self.assertEqual([asked.method for asked in server.asked], ["GET", "POST"])

    def test_patience_ends(self) -> None:
        with ScriptedServer(BUSY) as server:
            with self.assertRaises(ProblemError):
                Client(server.url, patience=0.2).me()
            self.assertGreater(len(server.asked), 1)

    def test_nobody_answers(self) -> None:
        with ScriptedServer(ME) as server:
            gone = server.url
        with self.assertRaisesRegex(UnreachableError, f"no answer from {gone} .*rankforge up"):
            Client(gone, patience=0).me()


class Refusals(unittest.TestCase):
    def test_a_problem_is_an_exception_with_its_fields(self) -> None:
        problem = {
            "type": "/problems/validation",
            "title": "The request is not valid",
            "status": 400,
            "detail": "/rank/0: too small (and 1 more)",
            "errors": [{"path": "/rank/0", "message": "too small"}, {"path": "", "message": "no seeds"}],
        }
        with ScriptedServer(as_json(problem, 400)) as server, self.assertRaises(ProblemError) as raised:
            Client(server.url).preview({})
        self.assertEqual(raised.exception.problem, problem)
        self.assertEqual(str(raised.exception), "400 The request is not valid\n  /rank/0: too small\n  no seeds")

    def test_the_page_of_a_proxy_is_a_problem_of_no_type(self) -> None:
        with ScriptedServer(Reply(404, b"<html>not here</html>")) as server, self.assertRaises(ProblemError) as raised:
            Client(server.url).me()
        self.assertEqual(raised.exception.type, "about:blank")
        self.assertEqual(raised.exception.detail, "<html>not here</html>")

    def test_an_answer_that_is_not_json_names_the_address(self) -> None:
        with ScriptedServer(Reply(200, b"<html>welcome</html>")) as server:
            with self.assertRaisesRegex(UnreachableError, f"something else than JSON. Is {server.url} the address"):
                Client(server.url).me()

    def test_a_refusal_that_comes_while_a_file_is_sent_is_told(self) -> None:
        problem = {"type": "/problems/unauthenticated", "title": "A valid API key is needed", "status": 401}
        with tempfile.TemporaryDirectory() as folder, ScriptedServer(as_json(problem, 401), is_early=True) as server:
            rows = Path(folder) / "rows.jsonl"
            rows.write_bytes(b'{"text": "a"}\n' * (1 << 20))
            with self.assertRaisesRegex(ProblemError, "401 A valid API key is needed"):
                Client(server.url, "rf_old").add_dataset("rows", rows, {"objective": "language-modelling", "text": "text"})
            self.assertEqual(len(server.asked), 1)

    def test_a_refusal_writes_no_escape_sequence_to_a_terminal(self) -> None:
        problem = {"type": "/problems/conflict", "title": "Conflict", "status": 409, "detail": '"\x1b]52;c;AA\x07" is there'}
        with ScriptedServer(as_json(problem, 409)) as server, self.assertRaises(ProblemError) as raised:
            Client(server.url).preview({})
        self.assertEqual(str(raised.exception), '409 Conflict\n  "\ufffd]52;c;AA\ufffd" is there')

    def test_what_is_no_path_is_sent_nowhere(self) -> None:
        with ScriptedServer(ME) as server:
            for path in ("v1/me", "@elsewhere/v1/me", "/v1/a b", ".elsewhere/"):
                with self.assertRaisesRegex(RankforgeError, "is no path of the API: expected one as '/v1/methods'"):
                    Client(server.url, "rf_key").request("GET", path)
            self.assertEqual(server.asked, [])

    def test_a_redirect_carries_no_key_elsewhere(self) -> None:
        with ScriptedServer(ME) as other:
            with ScriptedServer(Reply(302, b"", {"location": f"{other.url}/v1/me"})) as server:
                with self.assertRaises(ProblemError) as raised:
                    Client(server.url, "rf_key").me()
            self.assertEqual((raised.exception.status, other.asked), (302, []))

    def test_a_number_that_json_has_not_is_refused_here(self) -> None:
        with ScriptedServer(ME) as server:
            with self.assertRaisesRegex(RankforgeError, "cannot be written as JSON"):
                Client(server.url).preview({"learningRate": [float("nan")]})
            with self.assertRaisesRegex(RankforgeError, "row 1 cannot be written as JSON"):
                Client(server.url).add_dataset("a", [{"x": 1}, {"x": float("nan")}], {"objective": "regression"})
            self.assertEqual(server.asked, [])


class Pages(unittest.TestCase):
    def test_a_page_is_asked_for_when_it_is_needed(self) -> None:
        pages = {"/v1/sweeps?task=a": {"items": [{"id": "1"}, {"id": "2"}], "nextCursor": "x/y"}}
        pages["/v1/sweeps?task=a&cursor=x%2Fy"] = {"items": [{"id": "3"}]}

        def answer(asked: Asked) -> Reply:
            return as_json(pages[asked.path])

        with ScriptedServer(answer=answer) as server:
            sweeps = Client(server.url).sweeps(task="a")
            self.assertEqual([sweep.id for sweep in islice(sweeps, 2)], ["1", "2"])
            self.assertEqual(len(server.asked), 1)
            self.assertEqual([sweep.id for sweep in sweeps], ["3"])
