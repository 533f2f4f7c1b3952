"""Trains a grid by Optuna with torch and peft, each process keeping its model warm, and scores what each method chose.

usage: makespan.py URL FOLDER PROCESSES

FOLDER holds plan.json (base, methods, learningRates, seeds, rank, steps, batch, classes, sizes, rungs, reduction) and, for each
split, SPLIT.tokens, SPLIT.lengths and SPLIT.classes as 32-bit integers; the split `rung` is the part of validation that judges
at rungs. Prints the seconds to the last score, the steps that were trained and each method's mean test accuracy, as JSON.

Without rungs every cell is trained whole. With them the first seed tries each rate, SuccessiveHalvingPruner stops it at a rung,
and the best rate of a method goes on with every seed. Three things are done here because Optuna has no call for them:

- The pruner compares all trials of a study, so each method has a study of its own.
- By default it lets the first trial at a rung pass, whatever its value: it cannot wait for the others, since Optuna neither
  suspends a trial nor takes up a pruned one. `bootstrap_count` lets none pass before all rates stand at the rung, which saves
  up to two whole trainings of a method. Where the best rate was pruned by that, it is queued again, as a trial that goes on
  from the checkpoint of the pruned one.
- It judges trials and knows nothing of seeds, so the other seeds of the best rate are queued as trials that report nothing.
"""

import copy
import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

import numpy
import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Bench:
    """One process: its data, and the model that all its trials start from."""

    def __init__(self, url: str, folder: Path, threads: int):
        import torch
        from transformers import AutoModelForSequenceClassification, logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        torch.set_num_threads(threads)
        self.torch, self.folder = torch, folder
        self.storage = optuna.storages.get_storage(url)
        self.plan = json.loads((folder / "plan.json").read_text())
        self.data = {split: self.read(split) for split in self.plan["sizes"]}
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


class Training:
    """One cell, from its checkpoint where there is one, else from its first step."""

    def __init__(self, bench: Bench, *cell):
        method, rate, seed = cell
        torch, plan = bench.torch, bench.plan
        self.bench, self.file, self.step = bench, bench.kept(*cell), 0
        self.model = bench.adapted(method, seed)
        self.trained = {name: value for name, value in self.model.named_parameters() if value.requires_grad}
        self.optimizer = torch.optim.AdamW(self.trained.values(), lr=rate)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, plan["steps"])
        self.order = torch.randperm(plan["sizes"]["train"], generator=torch.Generator().manual_seed(seed))
        if self.file.exists():
            left = torch.load(self.file)
            self.step = left["step"]
            self.model.load_state_dict(left["values"], strict=False)
            if self.step < plan["steps"]:
                self.optimizer.load_state_dict(left["optimizer"])
                self.schedule.load_state_dict(left["schedule"])
        self.begun = self.step

    def train(self, until: int) -> None:
        torch, batch = self.bench.torch, self.bench.plan["batch"]
        self.model.train()
        for step in range(self.step, until):
            rows = self.order[torch.arange(step * batch, (step + 1) * batch) % len(self.order)]
            inputs, classes = self.bench.inputs("train", rows)
            loss = torch.nn.functional.cross_entropy(self.model(**inputs).logits, classes)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            self.optimizer.zero_grad(set_to_none=True)
            loss.item()
        self.step = max(self.step, until)

    def keep(self) -> None:
        left = {"step": self.step, "values": self.trained}
        if self.step < self.bench.plan["steps"]:
            left |= {"optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict()}
        self.bench.torch.save(left, self.file)


def open_bench(*args) -> None:
    global bench
    bench = Bench(*args)


def take(method: str) -> None:
    """Trains the next queued trial of a method."""
    plan = bench.plan

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_categorical("rate", plan["learningRates"])
        seed = trial.suggest_categorical("seed", plan["seeds"])
        training = Training(bench, method, rate, seed)
        try:
            for rung in plan["rungs"] if trial.user_attrs["judged"] else []:
                training.train(rung)
                trial.report(bench.accuracy(training.model, "rung"), rung)
                if trial.should_prune():
                    raise optuna.TrialPruned
            training.train(plan["steps"])
        finally:
            training.keep()
            trial.set_user_attr("trained", training.step - training.begun)
            print(f"optuna: {method}, {rate}, seed {seed}, {training.step} steps", file=sys.stderr, flush=True)
        return bench.accuracy(training.model, "validation")

    study = optuna.load_study(study_name=method, storage=bench.storage, pruner=pruner_of(plan))
    study.optimize(objective, n_trials=1)


def score(*cell) -> float:
    return bench.accuracy(Training(bench, *cell).model, "test")


def pruner_of(plan: dict) -> optuna.pruners.BasePruner:
    if not plan["rungs"]:
        return optuna.pruners.NopPruner()
    return optuna.pruners.SuccessiveHalvingPruner(
        min_resource=plan["rungs"][0],
        reduction_factor=plan["reduction"],
        bootstrap_count=len(plan["learningRates"]) - 1,
    )


def rounds(method: str, study: optuna.Study, plan: dict):
    """Calls that make a method's row of the board; each round begins when all calls of the one before have ended."""
    rates, seeds = plan["learningRates"], plan["seeds"]

    def queued(cells, judged: bool):
        for rate, seed in cells:
            study.enqueue_trial({"rate": rate, "seed": seed}, user_attrs={"judged": judged})
        return [(take, method) for _ in cells]

    if plan["rungs"]:
        yield queued([(rate, seeds[0]) for rate in rates], judged=True)
        best = max(study.trials, key=reached).params["rate"]
        whole = {trial.params["seed"] for trial in complete(study) if trial.params["rate"] == best}
        yield queued([(best, seed) for seed in seeds if seed not in whole], judged=False)
    else:
        yield queued([(rate, seed) for rate in rates for seed in seeds], judged=False)
    values = {(trial.params["rate"], trial.params["seed"]): trial.value for trial in complete(study)}
    mean = {rate: sum(values[rate, seed] for seed in seeds) for rate in rates if all((rate, seed) in values for seed in seeds)}
    best = max(mean, key=mean.get)
    yield [(score, method, best, seed) for seed in seeds]


def complete(study: optuna.Study) -> list:
    return study.get_trials(states=[optuna.trial.TrialState.COMPLETE])


def reached(trial: optuna.trial.FrozenTrial) -> tuple:
    """What a trial is compared by: a whole one before a pruned one, then the rung, then the value there."""
    return trial.state == optuna.trial.TrialState.COMPLETE, trial.last_step, trial.value


def main(url: str, folder: Path, processes: int) -> None:
    threads = max(1, (os.cpu_count() or 1) // processes)
    plan = json.loads((folder / "plan.json").read_text())
    storage = optuna.storages.get_storage(url)
    studies = {
        method: optuna.create_study(study_name=method, storage=storage, direction="maximize") for method in plan["methods"]
    }
    began = time.monotonic()
    # A process that is made anew inherits no connection to the storage.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, open_bench, (url, folder, threads)) as pool:
        left = {method: rounds(method, study, plan) for method, study in studies.items()}
        running: dict[Future, str] = {}
        results: dict[str, list] = {}

        def begin(method: str) -> None:
            calls = next(filter(None, left[method]), None)
            if calls is not None:
                results[method] = []
                running.update({pool.submit(*call): method for call in calls})

        try:
            for method in studies:
                begin(method)
            while running:
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    method = running.pop(future)
                    results[method].append(future.result())
                    if method not in running.values():
                        begin(method)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        seconds = time.monotonic() - began
    trials = [trial for study in studies.values() for trial in study.trials]
    print(json.dumps({
        "seconds": seconds,
        "steps": sum(trial.user_attrs["trained"] for trial in trials),
        "scores": {method: sum(all) / len(all) for method, all in results.items()},
    }))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
