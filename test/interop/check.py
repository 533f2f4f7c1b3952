"""Loads every exported adapter with Python peft and compares its logits: `check.py FOLDER`. One line a method."""

import ast
import json
import re
import sys
import warnings
from pathlib import Path

import torch
from peft.tuners.boft import layer as boft
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSequenceClassification
from transformers.utils import logging

TOLERANCE = 1e-4
# An adapter that changes nothing would be equal whatever was exported.
LEAST_EFFECT = 1e-2

logging.set_verbosity_error()
logging.disable_progress_bar()


def load(folder: Path, case):
    classes = case.get("classes")
    auto, more = (AutoModelForSequenceClassification, {"num_labels": classes}) if classes else (AutoModelForCausalLM, {})
    if case["images"]:
        auto = AutoModelForImageClassification
    return auto.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", **more).eval()


def logits(model, case, tokens, pixels):
    with torch.no_grad():
        if case["images"]:
            # Ours are 0 … 1 with the channels last; the processor of published ViTs makes them -1 … 1.
            return model(pixel_values=(pixels.permute(0, 3, 1, 2) - 0.5) / 0.5).logits.flatten()
        # Virtual tokens, where an adapter has them, come first.
        return model(input_ids=tokens).logits[:, -tokens.shape[1] :].flatten()


def require_harmless(message: str, adapter: Path):
    """peft only warns about keys and settings that it does not know, or lacks.

    Matrices that all layers share are one buffer in the model; peft lists them as missing from every layer when the file
    holds them once.
    """
    lacks = re.match(r"Found missing adapter keys while loading the checkpoint: (\[.*\])", message)
    with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
        shared = {key.split(".")[1] for key in file.keys() if not key.startswith("base_model.model.")}
    if not lacks or any(key.split(".")[-2] not in shared for key in ast.literal_eval(lacks[1])):
        raise ValueError(message)


class BlockDiagonal:
    """What the CUDA kernel of peft's BOFT computes: `[batch, blocks, side, side]` to `[batch, blocks·side, blocks·side]`."""

    def forward(self, blocks):
        return [torch.stack([torch.block_diag(*each) for each in blocks])]


def give_boft_its_kernel():
    """peft builds that kernel with nvcc, and forces one factor where it cannot; all else of BOFT is its own code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if boft.get_fbd_cuda() is None:
            boft._FBD_CUDA = BlockDiagonal()
            print("peft's CUDA kernel for BOFT cannot be built here: torch.block_diag computes the same in its place")


def as_its_page_says(folder: Path):
    """The names that the code of the page makes, `model` among them."""
    code = re.search(r"```python\n(.*?)\n```", (folder / "README.md").read_text(), re.DOTALL)[1]
    names = {}
    exec(code.replace('folder = "."', f"folder = {json.dumps(str(folder))}"), names)
    return names


def exported(folder: Path, case, labels):
    path = folder / case["path"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = as_its_page_says(path)["model"]
    if case.get("classes") and list(model.config.id2label.values()) != labels:
        raise ValueError(f"names of classes: {model.config.id2label}")
    if case["format"] == "merged":
        return model, "merged"
    for warning in caught:
        if issubclass(warning.category, UserWarning):
            require_harmless(str(warning.message), path)
    return model, json.loads((path / "adapter_config.json").read_text())["peft_type"]


def check_numbers(folder: Path, case, tokens) -> bool:
    """Whether the head of an adapter for numbers answers with these in Python."""
    name = f"{'numbers':<14} {case['base']:<6} {case['format']:<24}"
    try:
        names = as_its_page_says(folder / case["path"])
        with torch.no_grad():
            if "answers" in names:
                read = names["answers"](tokens, torch.ones_like(tokens))
            else:
                read = names["model"](input_ids=tokens).logits
        # Numbers near 900, of which float32 keeps a few 1e-5.
        difference = (read.flatten() - torch.tensor(case["expected"])).abs().max().item()
        ok = difference <= 1e-2
        print(f"{name} {difference:.1e} of {min(case['expected']):.1f}  {'ok' if ok else 'FAILED'}")
    except Exception as error:  # every head gets its line
        ok = False
        print(f"{name} FAILED: {type(error).__name__}: {error}")
    return ok


def main(folder: Path) -> int:
    give_boft_its_kernel()
    spec = json.loads((folder / "cases.json").read_text())
    tokens = torch.tensor(spec["tokens"]).reshape(-1, spec["sequence"])
    side = spec["imageSide"]
    pixels = torch.tensor(spec["pixels"]).reshape(tokens.shape[0], side, side, -1)
    bases = {case["base"]: case for case in spec["cases"]}
    untouched = {
        base: logits(load(folder / base / "base", case), case, tokens, pixels) for base, case in bases.items()
    }
    failed = 0
    for case in spec["cases"]:
        expected = torch.tensor(case["expected"])
        name = f"{case['method']:<14} {case['base']:<6} {','.join(case['layers']):<24}"
        try:
            model, form = exported(folder, case, spec["labels"])
            difference = (logits(model, case, tokens, pixels) - expected).abs().max().item()
            effect = (expected - untouched[case["base"]]).abs().max().item()
            ok = difference <= TOLERANCE and effect >= LEAST_EFFECT
            print(f"{name} {form:<12} {difference:.1e} of {effect:.1e}  {'ok' if ok else 'FAILED'}")
        except Exception as error:  # every method gets its line
            ok = False
            print(f"{name} FAILED: {type(error).__name__}: {error}")
        failed += not ok
    failed += sum(not check_numbers(folder, case, tokens) for case in spec["heads"])
    passed = len(spec["cases"]) + len(spec["heads"]) - failed
    print(f"{passed} passed, {failed} failed: the largest difference of a logit, and what the adapter changes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
