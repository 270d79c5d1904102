"""The stored Markdown face: it carries a seal over its own text, so that an edit by hand is noticed wherever it is read."""

from __future__ import annotations

import difflib
import hashlib
import re

_SEAL = re.compile(r"\n<!-- rca: sealed ([0-9a-f]{64}) -->\n*\Z")
_SEAL_LINE = re.compile(r"\n?<!-- rca: sealed [0-9a-f]{64} -->$", re.MULTILINE)


def seal(text: str) -> str:
    """Append the seal to a face."""
    body = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    return f"{body}\n<!-- rca: sealed {_digest(body)} -->\n"


def is_untouched(face: str) -> bool:
    """Whether a face is as rca wrote it; line ends may have been changed by git."""
    face = face.replace("\r\n", "\n")
    match = _SEAL.search(face)
    return match is not None and _digest(face[: match.start()].rstrip("\n") + "\n") == match[1]


def body(face: str) -> str:
    """The face without its seal."""
    return _SEAL_LINE.sub("", face.replace("\r\n", "\n")).rstrip("\n") + "\n"


def difference(rendered: str, found: str, name: str, most: int = 60) -> str:
    """What differs between the face that the record gives and the one that was found, as a short unified diff."""
    lines = list(
        difflib.unified_diff(
            body(rendered).split("\n"),
            body(found).split("\n"),
            f"{name} (from the record)",
            f"{name} (as it is)",
            lineterm="",
            n=1,
        )
    )
    if len(lines) > most:
        lines = [*lines[:most], f"… {len(lines) - most} more lines"]
    return "\n".join(lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
