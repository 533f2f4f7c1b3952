"""Trains a grid by Optuna with torch and peft, each process keeping its model warm, and scores what each method chose.

usage: makespan.py URL FOLDER PROCESSES

FOLDER holds plan.json (base, methods, learningRates, seeds, rank, steps, batch, sequence, classes, sizes) and, for each split,
SPLIT.tokens, SPLIT.lengths and SPLIT.classes as 32-bit integers. Prints the seconds to the last score and each method's mean
test accuracy, as JSON.
"""

import copy
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

import numpy
import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Bench:
    """One process: its data, and the model that all its trials start from."""

    def __init__(self, folder: Path, threads: int):
        import torch
        from transformers import AutoModelForSequenceClassification, logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        torch.set_num_threads(threads)
        self.torch, self.folder = torch, folder
        self.plan = json.loads((folder / "plan.json").read_text())
        self.data = {split: self.read(split) for split in ("train", "validation", "test")}
        self.base = AutoModelForSequenceClassification.from_pretrained(
            self.plan["base"],
            num_labels=self.plan["classes"],
            dtype=torch.float32,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )

    def read(self, split: str):
        numbers = {name: numpy.fromfile(self.folder / f"{split}.{name}", "<i4") for name in ("tokens", "lengths", "classes")}
        rows = self.plan["sizes"][split]
        return {name: self.torch.from_numpy(values).view(rows, -1).long() for name, values in numbers.items()}

    def inputs(self, split: str, rows):
        data = self.data[split]
        longest = int(data["lengths"][rows].max())
        tokens = data["tokens"][rows][:, :longest]
        mask = (self.torch.arange(longest)[None, :] < data["lengths"][rows]).long()
        return {"input_ids": tokens, "attention_mask": mask}, data["classes"][rows][:, 0]

    def adapted(self, method: str, seed: int):
        from peft import IA3Config, LoraConfig, get_peft_model

        self.torch.manual_seed(seed)
        model = copy.deepcopy(self.base)
        # As transformers draws a new head, and as Rankforge does.
        model._init_weights(model.classifier)
        if method == "full-ft":
            return model
        layers = ["query", "value"]
        if method == "ia3":
            return get_peft_model(model, IA3Config(task_type="SEQ_CLS", target_modules=layers, feedforward_modules=[]))
        own = {
            "lora": {},
            "rslora": {"use_rslora": True},
            "dora": {"use_dora": True},
            "pissa": {"init_lora_weights": "pissa"},
        }[method]
        rank = self.plan["rank"]
        return get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=rank, lora_alpha=rank, target_modules=layers, **own))

    def train(self, method: str, rate: float, seed: int):
        torch, plan = self.torch, self.plan
        model = self.adapted(method, seed)
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan["steps"])
        order = torch.randperm(plan["sizes"]["train"], generator=torch.Generator().manual_seed(seed))
        model.train()
        for step in range(plan["steps"]):
            rows = order[torch.arange(step * plan["batch"], (step + 1) * plan["batch"]) % len(order)]
            inputs, classes = self.inputs("train", rows)
            loss = torch.nn.functional.cross_entropy(model(**inputs).logits, classes)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            loss.item()
        return model

    def accuracy(self, model, split: str) -> float:
        size, right = self.plan["sizes"][split], 0
        model.eval()
        with self.torch.no_grad():
            for start in range(0, size, 32):
                inputs, classes = self.inputs(split, self.torch.arange(start, min(size, start + 32)))
                right += int((model(**inputs).logits.argmax(-1) == classes).sum())
        return right / size

    def kept(self, *cell) -> Path:
        return self.folder / ("-".join(map(str, cell)) + ".pt")


def cells_of(plan: dict) -> int:
    return len(plan["methods"]) * len(plan["learningRates"]) * len(plan["seeds"])


def tune(url: str, folder: Path, threads: int) -> None:
    bench = Bench(folder, threads)
    plan = bench.plan

    def objective(trial: optuna.Trial) -> float:
        cell = (
            trial.suggest_categorical("method", plan["methods"]),
            trial.suggest_categorical("rate", plan["learningRates"]),
            trial.suggest_categorical("seed", plan["seeds"]),
        )
        model = bench.train(*cell)
        state = {name: value for name, value in model.named_parameters() if value.requires_grad}
        bench.torch.save(state, bench.kept(*cell))
        print(f"optuna: {trial.number + 1} of {cells_of(plan)}, {', '.join(map(str, cell))}", file=sys.stderr, flush=True)
        return bench.accuracy(model, "validation")

    grid = {"method": plan["methods"], "rate": plan["learningRates"], "seed": plan["seeds"]}
    study = optuna.load_study(study_name="makespan", storage=url, sampler=optuna.samplers.GridSampler(grid, seed=0))
    study.optimize(objective)


def score(folder: Path, threads: int, chosen: list, results) -> None:
    """Scores its share of the chosen models on the test split."""
    bench = Bench(folder, threads)
    for method, rate, seed in chosen:
        model = bench.adapted(method, seed)
        model.load_state_dict(bench.torch.load(bench.kept(method, rate, seed)), strict=False)
        results.put((method, bench.accuracy(model, "test")))


def together(targets) -> None:
    processes = [multiprocessing.Process(target=target, args=args) for target, args in targets]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode != 0:
            sys.exit(f"a process ended with {process.exitcode}")


def main(url: str, folder: Path, processes: int) -> None:
    threads = max(1, (os.cpu_count() or 1) // processes)
    plan = json.loads((folder / "plan.json").read_text())
    optuna.create_study(study_name="makespan", storage=url, direction="maximize")
    began = time.monotonic()
    together([(tune, (url, folder, threads))] * processes)
    study = optuna.load_study(study_name="makespan", storage=url)
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    values = {(t.params["method"], t.params["rate"], t.params["seed"]): t.value for t in complete}
    if len(values) != cells_of(plan):
        sys.exit(f"{len(values)} of {cells_of(plan)} cells are complete")
    chosen = []
    for method in plan["methods"]:
        mean = {rate: sum(values[method, rate, seed] for seed in plan["seeds"]) for rate in plan["learningRates"]}
        best = max(mean, key=mean.get)
        chosen += [(method, best, seed) for seed in plan["seeds"]]
    results = multiprocessing.Queue()
    together([(score, (folder, threads, chosen[rank::processes], results)) for rank in range(processes)])
    scores: dict[str, list[float]] = {}
    for _ in chosen:
        method, accuracy = results.get()
        scores.setdefault(method, []).append(accuracy)
    print(json.dumps({
        "seconds": time.monotonic() - began,
        "trials": len(complete),
        "scores": {method: sum(all) / len(all) for method, all in scores.items()},
    }))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
