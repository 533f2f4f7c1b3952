"""Texts of others, as names and messages, for a terminal: control characters and escape sequences would move its cursor or worse."""

from __future__ import annotations

import re

# C0, DEL and C1, but the tab and the end of a line; and what ends a line or turns its direction around.
_CONTROLS = re.compile(
    r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def printable(text: str) -> str:
    r"""A text with U+FFFD in the place of each control character and each that turns the direction of text around.

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
