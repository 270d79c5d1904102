"""What every screen needs: its width, colours, and sentences folded to lines."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator

from rca.terminal.columns import Line, cells, fold
from rca.text.clean import clean

PIPE_WIDTH = 80
WIDEST = 100
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def columns() -> int:
    """How wide the terminal behind stdout is."""
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns


def text_of(lines: Iterable[Line], *, colour: bool = False) -> str:
    """Lines as text; foreign text in them can do nothing to a terminal."""
    return "".join("".join(_painted(text, style if colour else "") for text, style in line).rstrip() + "\n" for line in lines)


def _painted(text: str, style: str) -> str:
    text = clean(text)
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def in_colour() -> bool:
    """Whether stdout is a terminal that may be coloured."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_plain() -> bool:
    """Whether the person or the terminal asks for lines that are only ever appended, without any editing of the line."""
    return os.environ.get("TERM", "dumb") == "dumb" or os.environ.get("ACCESSIBLE", "0") not in {"", "0"}


def said(text: str, width: int, *, head: str = "", style: str = "", hang: int | None = None) -> Iterator[Line]:
    """A head and a text in lines that fit; those after the first are set in by `hang` cells, else as far as the text."""
    lead = len(head) - len(head.lstrip())
    if hang is None:
        hang, word = cells(head), ""
        texts = fold(text, max(12, room(width) - hang), len(text) + 2)
    else:
        word = head.strip()
        texts = fold(f"{word} {text}", max(12, room(width) - max(lead, hang)), len(head) + len(text) + 2)
        texts[0] = texts[0][len(word) :].lstrip()
    for number, part in enumerate(texts):
        yield [(head if number == 0 else " " * hang, ""), (part, style)]


def room(width: int) -> int:
    """How wide lines of prose are on a screen of that width."""
    return max(20, min(width, WIDEST))
