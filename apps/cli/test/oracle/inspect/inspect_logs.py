"""Logs of Inspect 0.3.285, as `inspect eval` writes them: three models that answer by a rule, a small task, and what Inspect reports of them.

    pip install inspect-ai==0.3.285
    python inspect_logs.py ../../fixtures/inspect
"""

import json
import random
import shutil
import sys
from pathlib import Path

import tiktoken
from inspect_ai import Epochs, Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.scorer import Score, accuracy, match, mean, scorer
from inspect_ai.solver import generate


class Words:
    def encode(self, text: str, **_) -> list[str]:
        return text.split()


# Counts of tokens are not read: they would be made by a vocabulary that is fetched.
tiktoken.get_encoding = lambda _: Words()

out = Path(sys.argv[1]).resolve()
shutil.rmtree(out, ignore_errors=True)


def data(count: int, first: int = 0) -> MemoryDataset:
    return MemoryDataset([Sample(id=i, input=f"{i} + {i} =", target=str(2 * i)) for i in range(first, first + count)], name="sums")


@scorer(metrics={"digits": [mean()], "right": [accuracy()]})
def closeness():
    async def score(state, target):
        answer = state.output.completion.strip()
        same = sum(a == b for a, b in zip(answer, target.text))
        return Score(value={"digits": same / len(target.text), "right": int(answer == target.text)}, answer=answer)

    return score


@scorer(metrics=[accuracy()])
def graded():
    """Letters as graders give them, and no score for two samples."""

    async def score(state, target):
        return Score(value=["P", "N", float("nan"), float("nan"), "C", "I"][int(state.input.split()[0])])

    return score


def model(name: str, skill: float, seed: int):
    drawn = random.Random(seed)

    def answer(input, tools, tool_choice, config):
        number = int(input[-1].text.split()[0])
        return ModelOutput.from_content(name, str(2 * number + (drawn.random() >= skill)))

    return get_model(f"mockllm/{name}", custom_outputs=answer)


def run(task: Task, name: str, skill: float, seed: int, folder: str, format: str = "eval") -> EvalLog:
    log = eval(task, model=model(name, skill, seed), log_dir=str(out / folder), log_format=format, log_samples=format == "eval", display="none", max_samples=1)[0]
    assert log.status == "success", log.error
    return log


def reported(log: EvalLog) -> dict[str, float]:
    return {f"{score.name}/{score.reducer}": next(iter(score.metrics.values())).value for score in log.results.scores}


expected = {"models": {}, "graded": {}}
for name, skill, seed in [("able", 0.9, 1), ("clever", 0.75, 2), ("basic", 0.4, 3)]:
    task = Task(dataset=data(12), solver=generate(), scorer=[match(), closeness()], epochs=Epochs(2, "mean"), name="sums")
    expected["models"][f"mockllm/{name}"] = reported(run(task, name, skill, seed, "models"))
for format in ["eval", "json"]:
    task = Task(dataset=data(6), solver=generate(), scorer=[match(), graded()], epochs=Epochs(2, ["mean", "mode"]), name="graded")
    expected["graded"][format] = reported(run(task, "able", 0.9, 4, f"graded-{format}", format))
run(Task(dataset=data(12, 1), solver=generate(), scorer=match(), name="sums"), "other", 0.9, 5, "other-samples")
eval(Task(dataset=data(2), solver=generate(), scorer=match(), name="sums"), model=get_model("mockllm/none", custom_outputs=[]), log_dir=str(out / "failed"), display="none")
(out / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
