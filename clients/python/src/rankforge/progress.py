"""A line that shows how far a sweep is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable, Dict, Optional, Tuple, cast

from .printable import one_line

if TYPE_CHECKING:
    from . import types
    from .sweep import Sweep

_OTHER_ENDS = ("OVER_BUDGET", "FAILED", "CANCELLED", "PRUNED")


def progress_line() -> Callable[[Sweep], None]:
    """On a terminal and in a notebook one line that is written over; elsewhere a line for each trial that ended, and each state."""
    is_live = sys.stderr.isatty() or "ipykernel" in sys.modules
    return _one_line_written_over() if is_live else _lines_of_ends()


def _one_line_written_over() -> Callable[[Sweep], None]:
    shown = ""

    def show(sweep: Sweep) -> None:
        nonlocal shown
        text = progress_text(sweep.data)
        if text != shown:
            sys.stderr.write(f"\r{text:<{len(shown)}}")
        if sweep.has_ended:
            sys.stderr.write("\n")
        sys.stderr.flush()
        shown = text

    return show


def _lines_of_ends() -> Callable[[Sweep], None]:
    shown: Optional[Tuple[int, str, Optional[str]]] = None

    def show(sweep: Sweep) -> None:
        nonlocal shown
        at = (_ended(sweep.data), sweep.data["state"], sweep.data["reason"])
        if at != shown:
            sys.stderr.write(f"{progress_text(sweep.data)}\n")
            sys.stderr.flush()
        shown = at

    return show


def _ended(sweep: types.Sweep) -> int:
    counts = cast(Dict[str, int], sweep["trials"])
    return sum(counts[state] for state in ("SUCCEEDED", *_OTHER_ENDS))


def progress_text(sweep: types.Sweep) -> str:
    """Say how far a sweep is, such as `LoRA at two ranks: 3 of 8 trials (1 over budget), 120 of 400 steps`."""
    counts = cast(Dict[str, int], sweep["trials"])
    remarks = [f"{counts[state]} {state.replace('_', ' ').lower()}" for state in _OTHER_ENDS if counts[state]]
    parts = [
        f"{_ended(sweep)} of {sweep['total']} trials" + (f" ({', '.join(remarks)})" if remarks else ""),
        *([f"{sweep['stepsDone']} of {sweep['stepsTotal']} steps"] if sweep["stepsTotal"] else []),
        *([f"about {sweep['etaSeconds']:.0f} s to go"] if sweep["etaSeconds"] else []),
        *([sweep["reason"]] if sweep["reason"] else []),
        *([sweep["state"].lower()] if sweep["state"] != "RUNNING" else []),
    ]
    return one_line(f"{sweep['name']}: {', '.join(parts)}")
