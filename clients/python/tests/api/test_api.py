"""The client on a real installation, with a worker: test/e2e/python-client.e2e-spec.ts starts one and runs this.

`RANKFORGE_TEST_BASE` is a base model of it, and `RANKFORGE_TEST_FILES` names a Parquet file and a result file of peft's comparison.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
import unittest
from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Tuple, cast

from rankforge import Board, Client, ProblemError, Sweep

BASE = os.environ["RANKFORGE_TEST_BASE"]
FILES: Dict[str, str] = json.loads(os.environ["RANKFORGE_TEST_FILES"])

TRAINING = {"steps": 20, "batchSize": 8, "sequenceLength": 32, "targets": ["fc_in"]}
METHODS = [{"name": "lora"}, {"name": "dora"}]
LANGUAGE = {"objective": "language-modelling", "text": "text"}


def words(number: int) -> str:
    """A text unlike those of other numbers."""
    syllables = "ba ke lo mi nu pa re so ti vu da fe go hi ju".split()
    return " ".join(
        syllables[(number * (place + 3) ** 2 + place) % 15] + syllables[(number // 7 + place) % 15]
        for place in range(16)
    )


ROWS = [{"text": words(number)} for number in range(250)]


def request(name: str, **fields: Any) -> Dict[str, Any]:
    spec: Dict[str, Any] = {"name": name, "task": "dataset:python", "base": BASE, "methods": METHODS, "rank": [2]}
    return {**spec, "memoryBudgetMiB": [512], "learningRate": [0.01], "seed": [0, 1], "training": TRAINING, **fields}


class OnAnInstallation(unittest.TestCase):
    client: Client
    sweep: Sweep
    board: Board
    seen: List[Dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.client = Client()
        cls.client.add_dataset("python", ROWS, LANGUAGE)
        cls.sweep = cls.client.submit(request("from Python"), idempotency_key="one-of-python")
        cls.seen = []
        cls.sweep.wait(progress=lambda sweep: cls.seen.append(dict(sweep.data)))
        cls.board = cls.sweep.board()

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_sweep_is_waited_for_and_seen_on_its_way(self) -> None:
        self.assertEqual(self.sweep.state, "COMPLETED")
        self.assertEqual(self.sweep.data["trials"]["SUCCEEDED"], self.sweep.data["total"])
        self.assertEqual(self.seen[-1]["stepsDone"], 4 * TRAINING["steps"])  # type: ignore[operator]
        done = [sweep["stepsDone"] for sweep in self.seen]
        self.assertEqual(done, sorted(done))
        self.assertEqual(self.client.sweep(self.sweep.id).spec()["rank"], [2])

    def test_a_sweep_is_renamed_tagged_and_found_by_its_tags(self) -> None:
        sweep = self.client.submit(request("tagged", tags=["Series A", "first"], note="to be seen"))
        self.assertEqual((sweep.tags, sweep.note), (["first", "series a"], "to be seen"))
        sweep.change(name="renamed", addTags=["second"], removeTags=["first"], note=None)
        self.assertEqual((sweep.name, sweep.tags, sweep.note), ("renamed", ["second", "series a"], None))
        found = [found.id for found in self.client.sweeps(tag=["second", "series a"])]
        self.assertEqual(found, [sweep.id])
        self.assertEqual(list(self.client.sweeps(tag=["second", "first"])), [])

    def test_a_submit_under_the_same_key_is_the_same_sweep(self) -> None:
        again = self.client.submit(request("from Python"), idempotency_key="one-of-python")
        self.assertEqual(again.id, self.sweep.id)

    def test_a_file_is_previewed_as_its_dict_is_and_what_is_known_is_told(self) -> None:
        file = self.folder / "sweep.json"
        file.write_text(json.dumps(request("previewed", seed=[0, 1, 2])), encoding="utf-8-sig")
        preview = self.client.preview(file)
        self.assertEqual((preview["trials"], preview["known"], preview["toRun"]), (6, 4, 2))
        self.assertEqual(preview, self.client.preview(request("previewed", seed=[0, 1, 2])))

    def test_the_board_has_rows_an_answer_and_a_table(self) -> None:
        names = [row["name"] for row in self.board]
        self.assertEqual(sorted(names), ["dora r2", "lora r2"])
        scores = [row["score"] for row in self.board]
        self.assertEqual(scores, sorted(score for score in scores if score is not None))
        best = self.board.best
        assert best is not None and self.board.answer is not None
        (answer,) = self.board.answers
        self.assertEqual(self.board.answer, answer["text"])
        within = f"Within {answer['memoryBudgetMiB']} MiB, {names[0]} leads with perplexity"
        self.assertTrue(self.board.answer.startswith(within), self.board.answer)
        self.assertEqual(best["name"], names[0])
        lines = str(self.board).split("\n")
        self.assertEqual(lines[0], self.board.answer)
        self.assertRegex(lines[2], r"^row +perplexity +95 % interval +group +MiB +seeds +status$")
        self.assertTrue(lines[3].startswith(names[0]))

    def test_a_board_is_of_what_was_asked_for(self) -> None:
        board = self.sweep.board(by="configuration", memoryBudgetMiB=0.5)
        self.assertEqual([row["status"] for row in board], ["does-not-fit"] * 2)
        assert board.best is None and board.answer is not None
        self.assertRegex(
            board.answer, r"^Within 0\.5 MiB, .* \([0-9.]+ MiB\) and .* \([0-9.]+ MiB\) do not fit, and no row has a score\.$"
        )

    def test_trials_come_page_by_page_and_curves_have_every_step(self) -> None:
        trials = list(self.sweep.trials(kind="train", limit=3))
        found = sorted((trial.data["method"], trial.data["seed"]) for trial in trials)
        self.assertEqual(found, [("dora", 0), ("dora", 1), ("lora", 0), ("lora", 1)])
        (series,) = trials[0].curves("train/loss")
        self.assertEqual(series["steps"], list(range(1, 21)))
        self.assertLess(series["values"][-1], series["values"][0])
        curves = {curve["trialId"]: curve["values"] for curve in self.sweep.curves()["curves"]}
        for ours, theirs in zip(curves[trials[0].id], series["values"]):
            self.assertAlmostEqual(ours, theirs, places=12)
        self.assertEqual(trials[0].log()["trialId"], trials[0].id)

    def test_sweeps_are_listed_newest_first(self) -> None:
        ids = [sweep.id for sweep in self.client.sweeps(task="dataset:python", limit=1)]
        self.assertEqual(ids, sorted(ids, reverse=True))
        self.assertIn(self.sweep.id, ids)

    def test_a_refusal_names_the_field(self) -> None:
        with self.assertRaises(ProblemError) as raised:
            self.client.submit(request("wrong", methods=[{"name": "lorra"}]))
        self.assertEqual(raised.exception.status, 400)
        self.assertEqual([error["path"] for error in raised.exception.errors], ["/methods/0/name"])
        with self.assertRaises(ProblemError) as raised:
            self.client.sweep("01890a5d-ac96-774b-bcce-b302099a8057")
        self.assertEqual((raised.exception.status, raised.exception.type), (404, "/problems/not-found"))

    def examples(self, dataset: str) -> List[Tuple[str, str, str]]:
        found = self.client.dataset_rows(dataset)
        return sorted((row["split"], row["fields"]["text"], row["fields"]["label"]) for row in found)

    def test_rows_of_a_split_are_read_page_by_page(self) -> None:
        (made,) = [each for each in self.client.datasets() if each["name"] == "python"]
        examples = made["report"]["examples"]
        self.assertEqual(len(list(self.client.dataset_rows(made["id"]))), sum(examples.values()))
        train = {row["fields"]["text"] for row in self.client.dataset_rows(made["id"], "train")}
        self.assertLess(train, {row["text"] for row in ROWS})

    def test_a_list_a_table_and_a_parquet_file_are_one_data_set(self) -> None:
        rows = [
            {"review": f"Review {chr(97 + i % 26)}{chr(97 + i // 26)} of a café", "stars": 1 + i % 5} for i in range(30)
        ]
        jsonl, table = self.folder / "reviews.jsonl", self.folder / "reviews.csv"
        jsonl.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        with open(table, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["review", "stars"])
            writer.writeheader()
            writer.writerows(rows)
        mapping = {"objective": "classification", "text": "review", "label": "stars"}
        preview = self.client.preview_dataset("previewed", rows, mapping)
        self.assertEqual(sum(preview["report"]["examples"].values()), 30)
        sources: Dict[str, Any] = {"rows": rows, "jsonl": jsonl, "csv": str(table), "parquet": FILES["parquet"]}
        made = [self.client.add_dataset(f"reviews-{name}", data, mapping) for name, data in sources.items()]
        self.assertEqual(made[0]["sha256"], made[1]["sha256"])
        kept = [self.examples(each["id"]) for each in made]
        self.assertEqual(kept, [kept[0]] * 4)
        self.assertEqual(sorted(label for _, _, label in kept[0]), sorted(str(row["stars"]) for row in rows))
        self.assertEqual([each["report"]["examples"] for each in made], [preview["report"]["examples"]] * 4)
        self.client.remove_dataset(made[0]["id"])
        names = [each["name"] for each in self.client.datasets()]
        self.assertNotIn("reviews-rows", names)
        self.assertIn("reviews-parquet", names)

    def test_an_adapter_that_was_trained_elsewhere_stands_beside_those_of_here(self) -> None:
        row = [row["method"] for row in self.board].index("lora")
        winner = self.sweep.winner(row=row)
        folder = winner.download(self.folder / "Trained elsewhere")
        self.assertLessEqual({"adapter_config.json", "adapter_model.safetensors", "README.md"}, set(os.listdir(folder)))
        imported = self.client.add_adapter(folder, BASE)
        self.assertEqual((imported["name"], imported["method"]), ("trained-elsewhere", "lora"))
        evaluation = self.client.evaluate(
            "trained-elsewhere", "dataset:python", memoryBudgetMiB=512, sequenceLength=32, batchSize=8
        )
        self.assertEqual(evaluation.wait().state, "COMPLETED")
        (own,) = evaluation.board().rows
        self.assertEqual((own["adapter"], own["steps"], own["seeds"]), ("trained-elsewhere", 0, 1))
        self.assertEqual(own["name"], f"lora + from trained-elsewhere r{winner.data['rank']} not trained here")
        seeds = [trial.detail()["result"] for trial in self.sweep.trials(kind="train", method="lora")]
        perplexities = [result["validation"]["perplexity"] for result in cast(List[Any], seeds)]
        self.assertEqual(own["validation"], min(perplexities))
        beside = [row["name"] for row in self.client.board("dataset:python", BASE)]
        self.assertIn(own["name"], beside)
        self.assertTrue(any(name.startswith("lora r") for name in beside), beside)

    def test_our_file_is_whole(self) -> None:
        trial = next(self.sweep.trials(kind="train"))
        path = Path(trial.download(self.folder / "a.safetensors", format="native"))
        stored = [each for each in trial.detail()["artifacts"] if each["kind"] == "adapter"]
        self.assertEqual(path.stat().st_size, stored[-1]["bytes"])

    def test_a_sweep_is_paused_extended_and_cancelled(self) -> None:
        sweep = self.client.submit(request("to be cancelled", seed=[7], training={**TRAINING, "steps": 5000})).pause()
        self.assertEqual(sweep.state, "PAUSED")
        before = sweep.data["total"]
        self.assertEqual(sweep.extend(seed=[8]).data["total"], 2 * before)
        self.assertEqual(sweep.cancel().wait().state, "CANCELLED")
        self.assertEqual(sweep.data["trials"]["SUCCEEDED"], 0)

    def test_events_go_on_behind_one_that_was_read(self) -> None:
        events = self.client.events(sweep=self.sweep.id, last_event_id="1-1")
        first = list(islice(events, 3))
        self.assertEqual(
            [(event["type"], event["data"]["to"]) for event in first[:2]],
            [("sweep.state", "RUNNING"), ("trial.state", "QUEUED")],
        )
        rest = self.client.events(sweep=self.sweep.id, last_event_id=first[0]["id"])
        self.assertEqual(list(islice(rest, 2)), first[1:])

    def test_a_result_of_others_has_a_board_that_says_whose_it_is(self) -> None:
        with open(FILES["published"], encoding="utf-8") as file:
            result = json.load(file)["results"][0]
        kept = self.client.add_published_result(result)
        board = self.client.board(kept["task"], kept["base"])
        published = board.data["published"]
        assert published is not None
        self.assertIn("peft", published["source"])
        self.assertTrue(self.client.add_published_result(result)["known"])
        self.assertIn(kept["task"], [each["task"] for each in self.client.boards()])

    def test_runs_trained_elsewhere_have_a_board(self) -> None:
        runs = self.client.runs("from-python", base="meta-llama/Llama-3.2-3B", metric="accuracy", title="From Python")
        for method, scores in (("lora", (0.612, 0.598, 0.621)), ("dora", (0.581, 0.577, 0.59))):
            for seed, score in enumerate(scores):
                added = runs.record(method, rank=16, learning_rate=1e-4, seed=seed, score=score, peak_bytes=2**30)
        self.assertEqual((added["added"], added["runs"], added["base"]), (1, 6, runs.base))
        runs.record("full", outcome="out-of-memory", peak_bytes=40 * 2**30, device="NVIDIA A100 40GB")
        rows = runs.board().rows
        found = [(row["method"], row["status"], row["intervalCovers"], row["group"]) for row in rows]
        seeds = "seeds-only"
        self.assertEqual(
            found,
            [("lora", "scored", seeds, "a"), ("dora", "scored", seeds, "b"), ("full", "does-not-fit", None, None)],
        )
        self.assertEqual(rows[2]["reason"], "out of memory at 40960 MiB on NVIDIA A100 40GB")
        self.assertEqual(runs.remove()["runs"], 7)

    def test_the_catalog_and_an_estimate_are_there(self) -> None:
        self.assertIn("lora", [method["name"] for method in self.client.methods()["methods"]])
        self.assertIn("dataset:python", [task["name"] for task in self.client.tasks()])
        base = next(each for each in self.client.bases() if each["name"] == BASE)
        self.assertEqual(base["name"], BASE)
        self.assertEqual(self.client.me()["role"], "submitter")
