"""Runs that are trained elsewhere."""

from __future__ import annotations

import json
import unittest
from typing import Any, Dict, List

from rankforge import Client
from scripted import ScriptedServer, as_json


class Scalar:
    """What is asked of numbers and lists of torch and numpy, where this is run without them."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def tolist(self) -> Any:
        return self.value


class Recorded(unittest.TestCase):
    def sent(self, **fields: Any) -> Dict[str, Any]:
        answer = as_json({"added": 1, "replaced": 0, "known": 0})
        with ScriptedServer(answer) as server:
            Client(server.url).runs("mine", base="meta-llama/Llama-3.2-3B", metric="f1").record("lora", **fields)
        asked: Dict[str, Any] = json.loads(server.asked[0].body)
        return asked

    def test_one_line_makes_a_request(self) -> None:
        asked = self.sent(rank=16, learning_rate=1e-4, seed=3, score=Scalar(0.61), examples=Scalar([1, 0]), peak_bytes=7)
        run = {"method": "lora", "rank": 16, "learningRate": 1e-4, "seed": 3, "score": 0.61, "examples": [1, 0]}
        run.update(peakBytes=7, outcome="finished")
        self.assertEqual(
            asked, {"name": "mine", "base": "meta-llama/Llama-3.2-3B", "metric": {"name": "f1"}, "runs": [run]}
        )

    def test_truth_values_are_right_or_wrong(self) -> None:
        run = self.sent(examples=[True, False, Scalar(True)], config={"use_dora": True})["runs"][0]
        self.assertEqual((run["examples"], run["config"]), ([1, 0, 1], {"use_dora": True}))
        self.assertNotIsInstance(run["examples"][0], bool)

    def test_a_score_that_is_not_finite_is_a_failure(self) -> None:
        run = self.sent(score=float("nan"), validation=float("inf"))["runs"][0]
        self.assertEqual(
            run, {"method": "lora", "seed": 0, "outcome": "failed", "reason": "its test score is not finite"}
        )

    def test_a_run_that_did_not_fit_is_one(self) -> None:
        run = self.sent(outcome="out-of-memory", peak_bytes=80 * 2**30, device="NVIDIA H100")["runs"][0]
        self.assertEqual((run["outcome"], run["peakBytes"]), ("out-of-memory", 80 * 2**30))

    def test_a_run_that_did_not_fit_stays_one_with_a_score_that_is_not_finite(self) -> None:
        run = self.sent(outcome="out-of-memory", score=float("nan"))["runs"][0]
        self.assertEqual(run, {"method": "lora", "seed": 0, "outcome": "out-of-memory"})

    def test_nan_in_a_table_says_nothing(self) -> None:
        run = self.sent(score=0.5, rank=float("nan"), learning_rate=Scalar(float("nan")))["runs"][0]
        self.assertEqual(run, {"method": "lora", "seed": 0, "outcome": "finished", "score": 0.5})

    def test_parts_are_as_large_as_the_api_takes(self) -> None:
        answers: List[Any] = [as_json({"added": n, "replaced": 0, "known": 0}) for n in (2, 1)]
        with ScriptedServer(*answers) as server:
            runs = Client(server.url).runs("mine", base="b")
            added = runs.add({"method": "lora", "seed": seed, "examples": [1] * 100_000} for seed in range(3))
        self.assertEqual([len(json.loads(each.body)["runs"]) for each in server.asked], [2, 1])
        self.assertLess(max(len(each.body) for each in server.asked), 2**20)
        self.assertEqual(added["added"], 3)

    def test_many_are_sent_in_parts(self) -> None:
        answers: List[Any] = [as_json({"added": n, "replaced": 0, "known": 0}) for n in (500, 1)]
        with ScriptedServer(*answers) as server:
            runs = Client(server.url).runs("mine", base="b")
            added = runs.add({"method": "lora", "seed": seed, "score": 0.5} for seed in range(501))
        self.assertEqual([len(json.loads(each.body)["runs"]) for each in server.asked], [500, 1])
        self.assertEqual(added["added"], 501)
        self.assertNotIn("metric", json.loads(server.asked[0].body))
