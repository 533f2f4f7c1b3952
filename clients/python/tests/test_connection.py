"""Where the API is found, and who gets a key."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from rankforge import Client, RankforgeError, UnreachableError
from rankforge.connection import find_connection
from scripted import Asked, Reply, ScriptedServer, as_json

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
        (self.home(self.folder / ".rankforge") / "state.json").write_text("{")
        with self.assertRaisesRegex(RankforgeError, "state.json is not JSON"):
            find_connection(env={})


class Trust(InFolder):
    def server(self, secret: str, ready: int = 200) -> ScriptedServer:
        def answer(asked: Asked) -> Reply:
            if not asked.path.startswith("/readyz"):
                return as_json({"name": "ada"})
            challenge = parse_qs(urlsplit(asked.path).query)["challenge"][0]
            text = f"{challenge} {server.port}".encode()
            return as_json(
                {"ready": False, "proof": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}, ready
            )

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

    def test_no_key_goes_to_another_program_at_its_port(self) -> None:
        with self.server("of another") as server:
            home = self.home(self.folder / ".rankforge", server.url)
            with mock.patch.dict(os.environ, {"RANKFORGE_HOME": str(home)}, clear=True):
                with self.assertRaisesRegex(UnreachableError, "is not the API that `rankforge up` started"):
                    Client().me()
            self.assertEqual([asked.headers.get("authorization") for asked in server.asked], [None])
