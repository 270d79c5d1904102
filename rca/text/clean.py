"""Take out of a text what would act on a terminal or deceive a reader instead of being read."""

from __future__ import annotations

import re

# CSI, OSC (bounded, never across a tag) and two-byte escape sequences of ECMA-48.
ANSI = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b<]{0,256}(?:\x07|\x1b\\)|[@-Z\\-_])")
_SUSPICIOUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    if char in "\r\x0b\x0c\x85":
        return "\n"
    # Directions and invisible characters can make a text read as another one: show them.
    return f"<U+{ord(char):04X}>" if char > "\x9f" else ""


def clean(text: str) -> str:
    """Drop terminal sequences and control characters; make invisible and direction-changing ones visible."""
    if text.isprintable() and text.isascii():
        return text
    if "\x1b" in text:
        text = ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return _SUSPICIOUS.sub(_visible, text)


def one_line(text: str, limit: int = 300) -> str:
    """Put a text on one line of at most `limit` characters, white space folded."""
    text = " ".join(clean(text[: 4 * limit]).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def shorten(text: str, limit: int) -> str:
    """Keep the beginning (two thirds) and the end of a long text, and say how much is left out between."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    left_out = len(text) - head - tail
    return f"{text[:head]}\n… {left_out:,} characters left out …\n{text[-tail:]}"
