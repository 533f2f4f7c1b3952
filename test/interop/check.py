"""Loads every exported adapter with Python peft and compares its logits: `check.py FOLDER`. One line a method."""

import ast
import json
import re
import sys
import warnings
from pathlib import Path

import torch
from peft import PeftModel
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.utils import logging

TOLERANCE = 1e-4
# An adapter that changes nothing would be equal whatever was exported.
LEAST_EFFECT = 1e-2

logging.set_verbosity_error()
logging.disable_progress_bar()


def load(folder: Path, classes=None):
    auto, more = (AutoModelForSequenceClassification, {"num_labels": classes}) if classes else (AutoModelForCausalLM, {})
    return auto.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", **more).eval()


def logits(model, tokens):
    with torch.no_grad():
        # Virtual tokens, where an adapter has them, come first.
        return model(input_ids=tokens).logits[:, -tokens.shape[1] :].flatten()


def require_harmless(message: str, adapter: Path):
    """peft only warns about keys and settings that it does not know, or lacks.

    Matrices that all layers share are one buffer in the model; peft lists them as missing from every layer when the file
    holds them once. Without a GPU it has BOFT with one factor alone, which the logits would show where there are more.
    """
    if message.startswith(("Failed to load the CUDA extension", "Setting boft_n_butterfly_factor to 1")):
        return
    lacks = re.match(r"Found missing adapter keys while loading the checkpoint: (\[.*\])", message)
    with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
        shared = {key.split(".")[1] for key in file.keys() if not key.startswith("base_model.model.")}
    if not lacks or any(key.split(".")[-2] not in shared for key in ast.literal_eval(lacks[1])):
        raise ValueError(message)


def exported(folder: Path, case):
    if case["format"] == "merged":
        return load(folder / case["path"], case.get("classes")), "merged"
    adapter = folder / case["path"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        base = load(folder / case["base"] / "base", case.get("classes"))
        model = PeftModel.from_pretrained(base, adapter).eval()
    for warning in caught:
        if issubclass(warning.category, UserWarning):
            require_harmless(str(warning.message), adapter)
    return model, json.loads((folder / case["path"] / "adapter_config.json").read_text())["peft_type"]


def main(folder: Path) -> int:
    spec = json.loads((folder / "cases.json").read_text())
    tokens = torch.tensor(spec["tokens"]).reshape(-1, spec["sequence"])
    bases = {case["base"]: case.get("classes") for case in spec["cases"]}
    untouched = {base: logits(load(folder / base / "base", classes), tokens) for base, classes in bases.items()}
    failed = 0
    for case in spec["cases"]:
        expected = torch.tensor(case["expected"])
        name = f"{case['method']:<14} {case['base']:<6} {','.join(case['layers']):<24}"
        try:
            model, form = exported(folder, case)
            difference = (logits(model, tokens) - expected).abs().max().item()
            effect = (expected - untouched[case["base"]]).abs().max().item()
            ok = difference <= TOLERANCE and effect >= LEAST_EFFECT
            print(f"{name} {form:<12} {difference:.1e} of {effect:.1e}  {'ok' if ok else 'FAILED'}")
        except Exception as error:  # every method gets its line
            ok = False
            print(f"{name} FAILED: {type(error).__name__}: {error}")
        failed += not ok
    total = len(spec["cases"])
    print(f"{total - failed} passed, {failed} failed: the largest difference of a logit, and what the adapter changes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
