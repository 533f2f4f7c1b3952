"""Takes orders from file descriptor 3 and answers on 4, one order after another, until 3 ends."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from importlib.metadata import version
from importlib.util import find_spec
from typing import cast

# Nothing is fetched, and nothing is asked for: a base is a folder.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import peft
import safetensors
import torch
import transformers
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from .channel import VERSION, Attempt, Channel
from .model import dtypes
from .optimizers import MAKERS
from .ranks import FOLDER, launch, open_rank
from .run import run, score
from .wire import RunnerReady, RunnerRun, RunnerScore

RELEASES = {module.__name__: str(module.__version__) for module in (torch, transformers, peft, safetensors)}
if find_spec("bitsandbytes"):
    RELEASES["bitsandbytes"] = version("bitsandbytes")


def ready() -> RunnerReady:
    cards = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    return {
        "version": VERSION,
        "type": "ready",
        "runner": "rankforge-torch",
        "releases": {"python": platform.python_version(), **RELEASES},
        "peftTypes": sorted(str(each.value) for each in PEFT_TYPE_TO_CONFIG_MAPPING),
        "optimizers": list(MAKERS),
        "dtypes": dtypes(),
        "devices": [
            {"kind": "cpu", "name": platform.processor() or platform.machine(), "uuid": None},
            *({"kind": "cuda", "name": card.name, "uuid": f"GPU-{card.uuid}"} for card in cards),
        ],
    }


def says_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def take(order: RunnerRun | RunnerScore, attempt: Attempt, *, is_rank: bool = False) -> bool:
    """Runs an order. What goes wrong with it is said, and False returned."""
    with attempt:
        try:
            if order.get("devices", 1) > 1 and not is_rank:
                launch(order, attempt)
            elif order["type"] == "run":
                run(cast(RunnerRun, order), attempt)
            else:
                score(cast(RunnerScore, order), attempt)
            return True
        except Exception as error:
            traceback.print_exc()
            sys.stderr.flush()
            is_out = says_out_of_memory(error)
            emulated = " (budget emulated)" if is_out and order["device"]["kind"] == "cuda" else ""
            attempt.say(
                "ended",
                outcome="out-of-memory" if is_out else "failed",
                reason=f"{type(error).__name__}: {error}{emulated}",
                step=0,
                examples=0,
                adapter=None,
                peak=0,
            )
            return False


def main() -> None:
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.use_deterministic_algorithms(True, warn_only=True)
    folder = os.environ.get(FOLDER)
    if folder is not None:
        order, attempt = open_rank(folder)
        # The others wait for one that failed until the launcher ends them.
        os._exit(0 if take(order, attempt, is_rank=True) else 1)
    channel = Channel(os.fdopen(3, "rb"), os.fdopen(4, "wb"))
    channel.say(ready())
    channel.listen()
    while True:
        order = channel.next_order()
        take(order, Attempt(channel, order))


if __name__ == "__main__":
    main()
