"""Where the API is found, and who gets a key."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import List
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from rankforge import Client, RankforgeError, UnreachableError
from rankforge.connection import find_connection
from scripted import BROKEN, Asked, Reply, ScriptedServer, as_json

SECRET = "of-the-launcher"


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)

    def home(self, at: Path, url: str = "http://127.0.0.1:9") -> Path:
        at.mkdir(parents=True)
        (at / "state.json").write_text(json.dumps({"apiUrl": url, "launchSecret": SECRET}))
        (at / "admin.key").write_text("rf_local\n")
        return at


class Finding(InFolder):
    def test_arguments_come_before_the_environment(self) -> None:
        env = {"RANKFORGE_URL": "http://env", "RANKFORGE_KEY": "rf_env", "RANKFORGE_PROJECT": "p"}
        found = find_connection(env=env)
        self.assertEqual((found.url, found.key, found.project), ("http://env", "rf_env", "p"))
        found = find_connection("http://given/", "rf_given", env=env)
        self.assertEqual((found.url, found.key), ("http://given", "rf_given"))

    def test_the_nearest_folder_is_found_from_below_it(self) -> None:
        self.home(self.folder / ".rankforge")
        below = self.folder / "notebooks" / "today"
        below.mkdir(parents=True)
        os.chdir(below)
        found = find_connection(env={})
        self.assertEqual((found.url, found.key, found.launch_secret), ("http://127.0.0.1:9", "rf_local", SECRET))

    def test_a_folder_is_named_by_the_environment(self) -> None:
        home = self.home(self.folder / "elsewhere", "http://127.0.0.1:7")
        self.assertEqual(find_connection(env={"RANKFORGE_HOME": str(home)}).url, "http://127.0.0.1:7")

    def test_the_local_key_does_not_go_to_an_address_that_was_given(self) -> None:
        home = self.home(self.folder / ".rankforge")
        found = find_connection("http://127.0.0.1:9", env={"RANKFORGE_HOME": str(home)})
        self.assertIsNone(found.key)

    @unittest.skipUnless(hasattr(os, "geteuid"), "files have no owners here")
    def test_a_folder_of_another_user_is_passed_over(self) -> None:
        home = self.home(self.folder / ".rankforge")
        stranger = 12345
        if os.geteuid() == 0:
            os.chown(home, stranger, -1)
        with mock.patch("os.geteuid", return_value=0 if os.geteuid() == 0 else stranger):
            with self.assertRaisesRegex(RankforgeError, "no API is known"):
                find_connection(env={})

    def test_says_what_to_do_where_none_is_known_or_an_address_is_none(self) -> None:
        with self.assertRaisesRegex(RankforgeError, "rankforge up.*RANKFORGE_URL and RANKFORGE_KEY"):
            find_connection(env={})
        with self.assertRaisesRegex(RankforgeError, "RANKFORGE_URL is no address: .* got 'here'"):
            find_connection(env={"RANKFORGE_URL": "here"})
        for wrong in ("http://host:port", "http://[::1", "http://127.0.0.1/a b", "http://127.0.0.1/?a=b"):
            with self.assertRaisesRegex(RankforgeError, "url is no address: expected one as"):
                find_connection(wrong, env={})
        (self.home(self.folder / ".rankforge") / "state.json").write_text("{")
        with self.assertRaisesRegex(RankforgeError, "state.json is not JSON"):
            find_connection(env={})


class Keys(InFolder):
    def test_a_key_is_not_shown(self) -> None:
        home = self.home(self.folder / ".rankforge")
        for found in (find_connection("http://a", "rf_local", env={}), find_connection(env={"RANKFORGE_HOME": str(home)})):
            self.assertNotIn("rf_local", repr(found))
            self.assertNotIn(SECRET, repr(found))

    def test_a_key_may_end_as_its_file_does(self) -> None:
        self.assertEqual(find_connection("http://a", env={"RANKFORGE_KEY": "rf_file\r\n"}).key, "rf_file")

    def test_what_no_request_can_carry_is_refused_and_not_shown(self) -> None:
        for key, project in (("rf_a\nb", None), ("rf_a…", None), ("rf_a", "p\n\nq")):
            with self.assertRaisesRegex(RankforgeError, "no request can carry: copy it again") as raised:
                find_connection("http://a", key, project, env={})
            self.assertNotIn("rf_a", str(raised.exception))

    def test_a_name_and_a_password_of_an_address_are_refused_and_not_shown(self) -> None:
        with self.assertRaisesRegex(RankforgeError, "url holds a name or a password") as raised:
            find_connection("http://ada:rf_a@host", env={})
        self.assertNotIn("rf_a", str(raised.exception))


class Trust(InFolder):
    def proof(self, asked: Asked, server: ScriptedServer, secret: str, ready: int = 200) -> Reply:
        challenge = parse_qs(urlsplit(asked.path).query)["challenge"][0]
        text = f"{challenge} {server.port}".encode()
        return as_json({"ready": False, "proof": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}, ready)

    def server(self, secret: str, ready: int = 200) -> ScriptedServer:
        def answer(asked: Asked) -> Reply:
            if not asked.path.startswith("/readyz"):
                return as_json({"name": "ada"})
            return self.proof(asked, server, secret, ready)

        server = ScriptedServer(answer=answer)
        return server

    def test_the_key_goes_to_the_api_that_proves_itself(self) -> None:
        for ready in (200, 503):
            with self.server(SECRET, ready) as server:
                home = self.home(self.folder / f"home-{ready}", server.url)
                with mock.patch.dict(os.environ, {"RANKFORGE_HOME": str(home)}, clear=True):
                    client = Client()
                    client.me()
                    client.me()
                challenge, *others = server.asked
                self.assertNotIn("authorization", challenge.headers)
                self.assertEqual([asked.headers["authorization"] for asked in others], ["Bearer rf_local"] * 2)

    def test_a_platform_that_was_started_again_is_found_again(self) -> None:
        home = self.folder / "home"
        for key in (None, "rf_given"):
            with mock.patch.dict(os.environ, {"RANKFORGE_HOME": str(home)}, clear=True):
                with self.server(SECRET) as before:
                    self.home(home, before.url)
                    client = Client(key=key, patience=5)
                    client.me()
                with self.server("of its next start") as after:
                    state = {"apiUrl": after.url, "launchSecret": "of its next start"}
                    (home / "state.json").write_text(json.dumps(state))
                    self.assertEqual(client.me()["name"], "ada")
                    self.assertEqual(after.asked[-1].headers["authorization"], f"Bearer {key or 'rf_local'}")
                    # A client of before its start, to which nobody has answered yet.
                    (home / "state.json").write_text(json.dumps({**state, "launchSecret": SECRET}))
                    waiting = Client(key=key)
                    (home / "state.json").write_text(json.dumps(state))
                    self.assertEqual(waiting.me()["name"], "ada")
            shutil.rmtree(home)

    def test_no_key_goes_to_a_program_that_follows_the_api_at_its_port(self) -> None:
        secrets = [SECRET, "of another"]
        replies: List[Reply] = [as_json({"name": "ada"}), BROKEN]

        def answer(asked: Asked) -> Reply:
            return self.proof(asked, server, secrets.pop(0)) if asked.path.startswith("/readyz") else replies.pop(0)

        with ScriptedServer(answer=answer) as server:
            home = self.home(self.folder / "home", server.url)
            with mock.patch.dict(os.environ, {"RANKFORGE_HOME": str(home)}, clear=True):
                client = Client()
                client.me()
                with self.assertRaisesRegex(UnreachableError, "no key was sent to it"):
                    client.me()
            self.assertEqual(len([asked for asked in server.asked if "authorization" in asked.headers]), 2)

    def test_no_key_goes_to_another_program_at_its_port(self) -> None:
        with self.server("of another") as server:
            home = self.home(self.folder / ".rankforge", server.url)
            with mock.patch.dict(os.environ, {"RANKFORGE_HOME": str(home)}, clear=True):
                with self.assertRaisesRegex(UnreachableError, "is not the API that `rankforge up` started"):
                    Client().me()
            self.assertEqual([asked.headers.get("authorization") for asked in server.asked], [None])
