"""Take out of a text what would act on a terminal or deceive a reader instead of being read."""

from __future__ import annotations

import re

# CSI, OSC (bounded, never across a tag) and two-byte escape sequences of ECMA-48.
ANSI = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b<]{0,256}(?:\x07|\x1b\\)|[@-Z\\-_])")
# Controls; what changes the direction of text or is not seen at all; halves of characters. Joiners (U+200C and U+200D)
# and variation selectors stay: scripts and emoji need them.
_SUSPICIOUS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PLAIN = bytes([9, 10, *range(32, 127)])


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    if char in "\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    # Directions and invisible characters can make a text read as another one: show them.
    return f"<U+{ord(char):04X}>" if char > "\x9f" else ""


def clean(text: str) -> str:
    """Drop terminal sequences and control characters; make invisible and direction-changing ones visible."""
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return text
    if "\x1b" in text:
        text = ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return (_CONTROLS if text.isascii() else _SUSPICIOUS).sub(_visible, text)


def one_line(text: str, limit: int = 300) -> str:
    """Put a text on one line of at most `limit` characters, white space folded."""
    line = " ".join(clean(text[: 4 * limit]).split())
    if len(line) <= limit and (len(text) <= 4 * limit or not text[4 * limit :].strip()):
        return line
    return line[: limit - 1].rstrip() + "…"


def shorten(text: str, limit: int) -> str:
    """Keep the beginning (two thirds) and the end of a long text, and say how much is left out between."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    left_out = len(text) - head - tail
    return f"{text[:head]}\n… {left_out:,} characters left out …\n{text[-tail:]}"
