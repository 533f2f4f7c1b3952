"""Logs of lm-evaluation-harness 0.4.13, as `lm_eval --log_samples` writes them: three models that answer by a rule, two small tasks.

    pip install lm-eval==0.4.13
    python harness_logs.py ../../fixtures/lm-eval
"""

import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

from lm_eval import simple_evaluate
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

out = Path(sys.argv[1]).resolve()
folder = Path(tempfile.gettempdir(), "sums")
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()

rows = [{"question": f"What is {a} plus {b}?", "choices": [str(a + b), str(a + b + 1), str(abs(a - b) + 20)], "gold": 0} for a in range(1, 5) for b in range(2, 5)]
(folder / "sums.json").write_text("\n".join(json.dumps(row) for row in rows))
common = f"dataset_path: json\ndataset_kwargs: {{data_files: {{test: {folder}/sums.json}}}}\ntest_split: test\n"
(folder / "sums_choice.yaml").write_text(
    "task: sums_choice\noutput_type: multiple_choice\n" + common
    + 'doc_to_text: "{{question}}"\ndoc_to_choice: "{{choices}}"\ndoc_to_target: gold\n'
    "metric_list:\n  - {metric: acc, aggregation: mean, higher_is_better: true}\n  - {metric: acc_norm, aggregation: mean, higher_is_better: true}\n"
)
(folder / "sums_written.yaml").write_text(
    "task: sums_written\noutput_type: generate_until\n" + common
    + 'doc_to_text: "{{question}}"\ndoc_to_target: "{{choices[0]}}"\ngeneration_kwargs: {until: ["\\n"]}\n'
    "metric_list:\n  - {metric: exact_match, aggregation: mean, higher_is_better: true}\n"
    "filter_list:\n  - {name: strict, filter: [{function: regex, regex_pattern: '^(\\d+)$'}, {function: take_first}]}\n"
    "  - {name: flexible, filter: [{function: regex, regex_pattern: '(\\d+)'}, {function: take_first}]}\n"
)


class Ruled(LM):
    """Is right with a chance of its own, and writes a sentence in place of a number in half of the cases."""

    def __init__(self, name: str, chance: float):
        super().__init__()
        self.name, self.chance = name, chance

    def rng(self, request: Instance) -> random.Random:
        return random.Random(f"{self.name} {request.args[0]}")

    def loglikelihood(self, requests):
        right = {r["question"]: r["choices"][0] for r in rows}
        answers = []
        for request in requests:
            context, choice = request.args
            knows = self.rng(request).random() < self.chance
            is_right = right[context] == choice.strip()
            answers.append((-0.5 if is_right == knows else -2.0 - 0.01 * len(choice), False))
        return answers

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError

    def generate_until(self, requests):
        right = {r["question"]: r["choices"][0] for r in rows}
        answers = []
        for request in requests:
            rng = self.rng(request)
            number = right[request.args[0]] if rng.random() < self.chance else "7"
            answers.append(number if rng.random() < 0.5 else f"It is {number}.")
        return answers


for name, chance in [("acme/able-1b", 0.8), ("acme/basic-1b", 0.2), ("acme/clever-1b", 0.75)]:
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    results = simple_evaluate(
        model=Ruled(name, chance), tasks=["sums_choice", "sums_written"], task_manager=manager, log_samples=True, bootstrap_iters=0
    )
    tracker = EvaluationTracker(output_path=str(out))
    tracker.general_config_tracker.log_experiment_args(
        model_source="hf", model_args=f"pretrained={name}", system_instruction=None, chat_template=None, fewshot_as_multiturn=None
    )
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for task, of_task in samples.items():
        tracker.save_results_samples(task_name=task, samples=of_task)

# What they say of the machine that wrote them is of no use here.
for file in out.glob("*/results_*.json"):
    kept = {key: value for key, value in json.loads(file.read_text()).items() if key not in ("configs", "pretty_env_info")}
    file.write_text(json.dumps(kept, indent=2) + "\n")
