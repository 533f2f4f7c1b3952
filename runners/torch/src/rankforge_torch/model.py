"""The base of an order with its adapter on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, get_peft_model_state_dict, prepare_model_for_kbit_training
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification, BitsAndBytesConfig

from .shards import whole
from .wire import RunnerBase, RunnerDevice, RunnerOptimizer, RunnerTask

MODEL = "base_model."
MODULE = "base_model.model."

#: Types that the whole base is loaded in, and those that bitsandbytes packs kernels of blocks in.
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
PACKED = ("int8", "nf4")


def dtypes() -> list[str]:
    return [*DTYPES, *(PACKED if find_spec("bitsandbytes") else ())]


@dataclass(frozen=True)
class Adapted:
    model: PeftModel
    device: torch.device
    #: What is trained, by name, in the model's order.
    trained: dict[str, torch.nn.Parameter]
    #: Names of `trained` that belong to the head.
    head: frozenset[str]
    #: Names of `trained` that weight decay acts on.
    decayed: frozenset[str]
    #: Rates of `trained` as multiples of the ordered one, where they are.
    rates: Mapping[str, float]
    #: Products of matrices are in bfloat16.
    autocasts: bool

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.trained.values())

    @property
    def decayed_parameters(self) -> int:
        return sum(self.trained[name].numel() for name in self.decayed)


def key_of(name: str) -> str:
    """The key of a parameter in the files of an adapter, which leave out how peft holds it."""
    return name.replace(".modules_to_save.default.", ".").replace(".default", "", 1)


def is_among(keys: Sequence[str], name: str) -> bool:
    """Whether the keys of a file have a parameter. What layers share stands there once, and here at the first."""
    key = key_of(name)
    shared = (each.removeprefix(MODEL) for each in keys if not each.startswith(MODULE))
    return key in keys or any(key.endswith(f".{end}") for end in shared)


def open_device(device: RunnerDevice) -> torch.device:
    torch.set_num_threads(device["threads"])
    if device["kind"] == "cpu":
        return torch.device("cpu")
    for index in range(torch.cuda.device_count()):
        if f"GPU-{torch.cuda.get_device_properties(index).uuid}" == device["uuid"]:
            return torch.device("cuda", index)
    raise ValueError(f"the card {device['uuid']} is not among the {torch.cuda.device_count()} that torch computes on")


def open_base(base: RunnerBase, task: RunnerTask) -> torch.nn.Module:
    config: Any = AutoConfig.from_pretrained(base["path"], trust_remote_code=False)
    # The order says what is dropped, which is nothing.
    for name in list(vars(config)):
        if "dropout" in name or name.endswith("pdrop"):
            setattr(config, name, 0.0)
    kind: Any = AutoModelForCausalLM if task["outputs"] is None else AutoModelForSequenceClassification
    if task["outputs"] is not None:
        config.num_labels = task["outputs"]
    return kind.from_pretrained(
        base["path"],
        config=config,
        attn_implementation=base["attention"],
        trust_remote_code=False,
        use_safetensors=True,
        local_files_only=True,
        **held_in(base, lambda: outside_blocks(kind, config)),
    )


def held_in(base: RunnerBase, outside: Callable[[], list[str]]) -> dict[str, Any]:
    """Arguments of transformers for the type of a base. Beside packed kernels all is loaded in bfloat16."""
    if base["dtype"] not in PACKED:
        return {"dtype": DTYPES[base["dtype"]]}
    if base["dtype"] not in dtypes():
        raise ValueError(f"{base['dtype']} is bitsandbytes', which this Python does not have: install bitsandbytes")
    packs: dict[str, Any] = {"load_in_8bit": True}
    if base["dtype"] == "nf4":
        packs = {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": base.get("doubleQuantization", True),
            "bnb_4bit_compute_dtype": DTYPES[base.get("computeDtype", "float32")],
        }
    return {
        "dtype": torch.bfloat16,
        "quantization_config": BitsAndBytesConfig(**packs, llm_int8_skip_modules=outside()),
    }


def outside_blocks(kind: Any, config: Any) -> list[str]:
    """Linear layers that no list of blocks holds, as the head."""
    with torch.device("meta"):
        model = kind.from_config(config, trust_remote_code=False)
    names = (name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear))
    return [name for name in names if not any(part.isdigit() for part in name.split("."))]


def open_adapted(
    base: RunnerBase,
    task: RunnerTask,
    adapter: str,
    device: RunnerDevice,
    *,
    optimizer: RunnerOptimizer | None = None,
) -> Adapted:
    """Opens a base with its adapter, which is trained where there is an optimizer for it."""
    place = open_device(device)
    is_trained = optimizer is not None
    model: Any = open_base(base, task)
    reruns: dict[str, Any] = {"gradient_checkpointing_kwargs": {"use_reentrant": False}}
    is_packed = base["dtype"] in PACKED
    if is_packed:
        model = prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=base["checkpointing"] and is_trained, **reruns
        )
    elif base["checkpointing"] and is_trained:
        model.gradient_checkpointing_enable(**reruns)
    adapted: Any = PeftModel.from_pretrained(model, adapter, is_trainable=is_trained, local_files_only=True)
    adapted.to(place)
    trained = {name: each for name, each in adapted.named_parameters() if each.requires_grad}
    head = frozenset(name for name in trained if ".modules_to_save." in name)
    decayed = optimizer["decayed"] if optimizer else []
    rates = optimizer.get("rates", []) if optimizer else []
    return Adapted(
        adapted,
        place,
        trained,
        head,
        frozenset(name for name in trained if is_among(decayed, name)),
        {name: group["multiple"] for group in rates for name in trained if is_among(group["keys"], name)},
        autocasts=base.get("computeDtype") == "bfloat16",
    )


def evaluating(adapted: Adapted) -> None:
    """Sets a model to evaluate, by the products that it trains with.

    bitsandbytes lays kernels of 4 bits out anew for evaluation on some cores, and not for all sizes.
    """
    adapted.model.eval()
    for module in adapted.model.modules():
        if getattr(getattr(module, "weight", None), "quant_state", None) is not None:
            module.training = True


def save_adapter(adapted: Adapted, folder: Path, *, writes: bool = True) -> str:
    """Writes an adapter in peft's files. Ranks that hold shares of it ask together, and one writes."""
    state = adapted.model.state_dict()
    # peft renames some, as magnitudes of DoRA, and hands on the tensors themselves.
    kept = {id(each) for each in get_peft_model_state_dict(adapted.model, state, save_embedding_layers=False).values()}
    state = {name: whole(each) if id(each) in kept else each for name, each in state.items()}
    if writes:
        adapted.model.save_pretrained(
            str(folder), safe_serialization=True, save_embedding_layers=False, state_dict=state
        )
    return str(folder)
