"""Loads every exported adapter with Python peft and compares its logits: `check.py FOLDER`. One line a method."""

import ast
import json
import re
import sys
import warnings
from pathlib import Path

import torch
from peft import PeftModel
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


def exported(folder: Path, case):
    if case["format"] == "merged":
        return load(folder / case["path"], case), "merged"
    adapter = folder / case["path"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        base = load(folder / case["base"] / "base", case)
        model = PeftModel.from_pretrained(base, adapter).eval()
    for warning in caught:
        if issubclass(warning.category, UserWarning):
            require_harmless(str(warning.message), adapter)
    return model, json.loads((folder / case["path"] / "adapter_config.json").read_text())["peft_type"]


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
            model, form = exported(folder, case)
            difference = (logits(model, case, tokens, pixels) - expected).abs().max().item()
            effect = (expected - untouched[case["base"]]).abs().max().item()
            ok = difference <= TOLERANCE and effect >= LEAST_EFFECT
            print(f"{name} {form:<12} {difference:.1e} of {effect:.1e}  {'ok' if ok else 'FAILED'}")
        except Exception as error:  # every method gets its line
            ok = False
            print(f"{name} FAILED: {type(error).__name__}: {error}")
        failed += not ok
    passed = len(spec["cases"]) - failed
    print(f"{passed} passed, {failed} failed: the largest difference of a logit, and what the adapter changes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
