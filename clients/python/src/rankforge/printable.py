"""Texts of others, as names and messages, for a terminal: control characters and escape sequences would move its cursor or worse."""

from __future__ import annotations

import re

# C0, DEL and C1, but the tab and the end of a line.
_CONTROLS = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    r"""A text with U+FFFD in the place of each control character.

    >>> printable("a\x07b\n") == "a\ufffdb\n"
    True
    """
    return _CONTROLS.sub("\ufffd", text)


def one_line(text: str) -> str:
    r"""The same, on one line.

    >>> one_line("a\n b")
    'a b'
    """
    return " ".join(printable(text).split())
