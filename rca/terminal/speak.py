"""Say something to the person: always on stderr, never in the way of the data, never a reason to fail."""

from __future__ import annotations

import os
import sys
import textwrap

from rca.text.clean import clean

# What a terminal that knows no Unicode shows instead of a row of question marks.
_PLAIN = str.maketrans({"…": "...", "–": "-", "·": "-", "─": "-", "→": "->", "’": "'", "\u00a0": " "})


def say(text: str) -> None:
    """Say something on stderr; terminal sequences in it are taken out, and nobody need be there to hear it."""
    stream = sys.stderr
    if stream is None:
        return
    text = clean(text)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # The runner takes this for the beginning of a command wherever it stands in a line.
        text = text.replace("##[", "## [")
    try:
        stream.write(plain(text) + "\n")
        stream.flush()
    except (OSError, ValueError):
        hush(stream)


def say_folded(text: str, width: int, indent: str = "    ") -> None:
    """Say a line, folded at words to a terminal's width; what comes after the first line is indented."""
    lines = textwrap.wrap(clean(text), max(20, width), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    say("\n".join(lines))


def plain(text: str, *, one_cell: bool = False) -> str:
    """The text in characters that stderr can show; `one_cell` keeps what is measured already as wide as it is."""
    encoding = (getattr(sys.stderr, "encoding", None) or "ascii").lower()
    if encoding.startswith("utf"):
        return text
    return (text.replace("…", "~") if one_cell else text).translate(_PLAIN)


def looked_at() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def terminal_width() -> int:
    """How wide the terminal behind stderr is; COLUMNS overrules it."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and 0 < int(given) < 10_000:
        return int(given)
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


def hush(stream: object) -> None:
    """Let all further output of a standard stream go nowhere, so that nothing fails when Python flushes it at the end."""
    try:
        number = stream.fileno()  # type: ignore[attr-defined]
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    except (OSError, ValueError, AttributeError):
        pass
