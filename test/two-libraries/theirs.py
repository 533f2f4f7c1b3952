"""torch's half: trains every case that the other half wrote, from the same values on the same batches. `theirs.py FOLDER`.

A case that is there already is not trained again.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import ModulesToSaveWrapper
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()

# The published configuration asks for dropout in the base, which the other half does not have.
WITHOUT_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def base_model(folder: Path, classes: int):
    return AutoModelForSequenceClassification.from_pretrained(
        folder / "base", num_labels=classes, dtype=torch.float32, attn_implementation="eager", **WITHOUT_DROPOUT
    )


def adapted(folder: Path, case: Path, plan, classes: int):
    model = base_model(folder, classes)
    if "initialization" in plan:
        settings = json.loads((case / "adapter_config.json").read_text())
        rank = plan["config"]["rank"]
        model = get_peft_model(
            model,
            LoraConfig(
                task_type="SEQ_CLS",
                r=rank,
                lora_alpha=plan["config"].get("alpha", rank),
                target_modules=settings["target_modules"],
                modules_to_save=settings["modules_to_save"],
                **plan["initialization"],
            ),
        )
        load_head(model, case)
        return model
    model = PeftModel.from_pretrained(model, case, is_trainable=True)
    if plan.get("schedule"):
        schedule(model, plan)
    return model


def load_head(model, case: Path):
    head = load_file(case / "head.safetensors")
    [wrapper] = [module for module in model.modules() if isinstance(module, ModulesToSaveWrapper)]
    classifier = wrapper.modules_to_save["default"]
    with torch.no_grad():
        classifier.weight.copy_(head["kernel"].T)
        classifier.bias.copy_(head["bias"])


def schedule(model, plan):
    """The schedule of ranks of the run, which a file of a finished adapter leaves out."""
    config, steps = plan["config"], len(plan["batches"])
    tuner = model.base_model
    allocator = tuner.rankallocator
    for settings in (tuner.peft_config["default"], allocator.peft_config):
        settings.total_step = steps
        settings.tinit = round(config["warmup"] * steps)
        settings.tfinal = round(config["settle"] * steps)
        settings.deltaT = config["interval"]
        settings.beta1, settings.beta2 = config["beta1"], config["beta2"]
        settings.orth_reg_weight = config["orthogonality"]
    allocator.beta1, allocator.beta2 = config["beta1"], config["beta2"]
    allocator.set_total_step(steps)


def batch_of(data, split: str, rows):
    tokens = data[f"{split}.tokens"][rows].long()
    length = data[f"{split}.lengths"][rows]
    mask = (torch.arange(tokens.shape[1])[None, :] < length[:, None]).long()
    return {"input_ids": tokens, "attention_mask": mask}, data[f"{split}.classes"][rows].long()


def train(model, data, plan):
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    adamw = plan["adamw"]
    optimizer = torch.optim.AdamW(
        parameters, betas=(adamw["beta1"], adamw["beta2"]), eps=adamw["epsilon"], weight_decay=adamw["weightDecay"]
    )
    losses, durations = [], []
    model.train()
    for step, (rows, rate) in enumerate(zip(plan["batches"], plan["learningRates"]), start=1):
        began = time.perf_counter()
        inputs, classes = batch_of(data, "train", rows)
        # With the labels, so that a method's own penalty is in the loss.
        loss = model(**inputs, labels=classes).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, plan["clipNorm"])
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        if plan.get("schedule"):
            model.base_model.update_and_allocate(step)
        optimizer.zero_grad()
        losses.append(loss.item())
        durations.append(1000 * (time.perf_counter() - began))
    return losses, statistics.median(durations)


@torch.no_grad()
def score(model, data):
    model.eval()
    size = data["test.classes"].shape[0]
    logits, labels = [], []
    for start in range(0, size, 32):
        inputs, classes = batch_of(data, "test", torch.arange(start, min(size, start + 32)))
        logits.append(model(**inputs).logits)
        labels.append(classes)
    logits, labels = torch.cat(logits), torch.cat(labels)
    losses = cross_entropy(logits, labels, reduction="none")
    predictions = logits.argmax(-1)
    return {
        "predictions": predictions.tolist(),
        "testLosses": losses.tolist(),
        "testLoss": losses.mean().item(),
        "accuracy": (predictions == labels).double().mean().item(),
    }


def main(folder: Path) -> None:
    settings = json.loads((folder / "settings.json").read_text())
    torch.set_num_threads(settings["threads"])
    data = load_file(folder / "data.safetensors")
    classes = int(data["train.classes"].max()) + 1
    for seed in settings["seeds"]:
        for case in settings["cases"]:
            path = folder / f"{case['method']}-{seed}"
            if (path / "theirs.json").exists():
                continue
            plan = json.loads((path / "plan.json").read_text())
            torch.manual_seed(seed)
            model = adapted(folder, path, plan, classes)
            losses, step_ms = train(model, data, plan)
            result = {"losses": losses, "stepMs": step_ms, **score(model, data)}
            (path / "theirs.json").write_text(json.dumps(result))
            print(
                f"{case['method']}, seed {seed}, torch: loss {losses[0]:.4f} to {losses[-1]:.4f}, "
                f"accuracy {result['accuracy']:.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
