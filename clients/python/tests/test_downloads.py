"""Downloads: whole, or nothing."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List

from rankforge import Client, RankforgeError, Sweep, Trial, UnreachableError
from rankforge.types import Sweep as SweepData, Trial as TrialData
from scripted import Asked, Reply, ScriptedServer, as_json


def archive(files: Dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as made:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(text), "/etc/passwd"
            made.addfile(member, io.BytesIO(text))
    return content.getvalue()


class Downloads(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def left(self) -> List[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def trial(self, server: ScriptedServer) -> Trial:
        data: Any = {"id": "1"}
        trial: TrialData = data
        return Trial(Client(server.url), trial)

    def test_a_folder_appears_with_its_files(self) -> None:
        with ScriptedServer(Reply(200, archive({"a.json": b"{}", "b.safetensors": b"12"}))) as server:
            path = self.trial(server).download(self.folder / "mine", format="peft")
            self.assertEqual(server.asked[0].path, "/v1/trials/1/adapter?format=peft")
            with self.assertRaisesRegex(RankforgeError, "is there already"):
                self.trial(server).download(path, format="peft")
        self.assertEqual(path, str(self.folder / "mine"))
        self.assertEqual((Path(path) / "b.safetensors").read_bytes(), b"12")
        self.assertEqual(self.left(), ["mine"])

    def test_without_a_format_it_is_what_the_method_has(self) -> None:
        tar, file = {"content-type": "application/x-tar"}, {"content-type": "application/octet-stream"}

        def answer(asked: Asked) -> Reply:
            if asked.path == "/v1/trials/1":
                return as_json({"spec": {"trainedRank": 8}})
            merged = archive({"model.safetensors": b"12"})
            return Reply(200, merged, {**tar, "content-disposition": 'attachment; filename="dora-merged.tar"'})

        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        with ScriptedServer(answer=answer) as server:
            self.assertEqual(self.trial(server).download(), "dora-merged")
            self.assertEqual(server.asked[0].path, "/v1/trials/1/adapter")
        with ScriptedServer(Reply(200, b"whole", file), as_json({"spec": {"trainedRank": 8}})) as server:
            self.assertEqual(self.trial(server).download("a.safetensors"), "a.safetensors")
        self.assertEqual(self.left(), ["a.safetensors", "dora-merged"])
        self.assertEqual(Path("a.safetensors").read_bytes(), b"whole")

    def test_the_winner_is_the_training_that_the_api_names(self) -> None:
        data: Any = {"id": "1", "task": "t", "base": "b"}
        sweep: SweepData = data
        replies = [as_json({"trialId": "7"}), as_json({"id": "7"})]
        with ScriptedServer(*replies) as server:
            trial = Sweep(Client(server.url), sweep).winner(row=1, memoryBudgetMiB=7)
            paths = [asked.path for asked in server.asked]
        self.assertEqual(trial.id, "7")
        self.assertEqual(
            paths, ["/v1/leaderboard/winner?task=t&base=b&sweepId=1&row=2&memoryBudgetMiB=7", "/v1/trials/7"]
        )

    def test_a_report_is_of_the_format_that_its_path_ends_in(self) -> None:
        data: Any = {"id": "1"}
        sweep: SweepData = data
        with ScriptedServer(answer=lambda asked: Reply(200, asked.path.encode())) as server:
            found = Sweep(Client(server.url), sweep)
            paths = [found.report(self.folder / "a.md"), found.report(self.folder / "b.htm")]
            paths.append(found.report(self.folder / "c", format="md"))
        self.assertEqual(paths, [str(self.folder / name) for name in ("a.md", "b.htm", "c")])
        self.assertEqual(
            [Path(path).read_text() for path in paths],
            [f"/v1/sweeps/1/report?format={format}" for format in ("md", "html", "md")],
        )

    @unittest.skipIf(os.name == "nt", "files have no modes here")
    def test_others_may_read_what_was_written_as_other_files(self) -> None:
        def answer(asked: Asked) -> Reply:
            if asked.path.endswith("native"):
                return Reply(200, b"whole")
            return as_json({"spec": {"trainedRank": 8}}) if asked.path == "/v1/trials/1" else Reply(200, archive({"a": b""}))

        before = os.umask(0o027)
        self.addCleanup(os.umask, before)
        with ScriptedServer(answer=answer) as server:
            file = self.trial(server).download(self.folder / "a.safetensors", format="native")
            folder = self.trial(server).download(self.folder / "mine", format="peft")
        self.assertEqual([os.stat(path).st_mode & 0o777 for path in (file, folder)], [0o640, 0o750])

    def test_an_archive_that_names_another_place_leaves_nothing(self) -> None:
        for bad in (archive({"../evil": b"1"}), archive({"/evil": b"1"}), archive({"link": b""}, tarfile.SYMTYPE)):
            with ScriptedServer(Reply(200, bad)) as server, self.assertRaisesRegex(UnreachableError, "names a file"):
                self.trial(server).download(self.folder / "mine", format="peft")
            self.assertEqual(self.left(), [])

    def test_a_download_that_breaks_off_leaves_nothing(self) -> None:
        whole = archive({"a": b"1" * 5000})
        for reply in (Reply(200, whole[:1000]), Reply(200, whole[:1000], {"content-length": str(len(whole))})):
            with ScriptedServer(reply) as server, self.assertRaisesRegex(UnreachableError, "broke off"):
                self.trial(server).download(self.folder / "mine", format="peft")
            self.assertEqual(self.left(), [])

    def test_a_file_that_breaks_off_leaves_what_was_there(self) -> None:
        def answer(asked: Asked) -> Reply:
            if asked.path.endswith("/adapter?format=native"):
                return Reply(200, b"half", {"content-length": "8"})
            return as_json({"spec": {"trainedRank": 8}, "artifacts": []})

        before = self.folder / "a.safetensors"
        before.write_bytes(b"before")
        with ScriptedServer(answer=answer) as server, self.assertRaisesRegex(UnreachableError, "broke off"):
            self.trial(server).download(before, format="native")
        self.assertEqual((self.left(), before.read_bytes()), (["a.safetensors"], b"before"))

    def test_a_file_is_held_to_its_sha256(self) -> None:
        def answer(asked: Asked) -> Reply:
            if asked.path.endswith("/adapter?format=native"):
                return Reply(200, b"not it", {"content-disposition": 'attachment; filename="a.safetensors"'})
            return as_json({"spec": {}, "artifacts": [{"kind": "adapter", "sha256": "0" * 64}]})

        with ScriptedServer(answer=answer) as server:
            with self.assertRaisesRegex(UnreachableError, "did not arrive whole"):
                self.trial(server).download(self.folder / "a.safetensors", format="native")
        self.assertEqual(self.left(), [])
