"""Lines of files and logs as they may be kept: cleaned, redacted, bounded; and their hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from rca.text.clean import clean
from rca.text.redact import MARK, redact

LINE = 2_000  # characters of a line
BESIDE = 300  # characters of a line beside the one that is meant
AROUND = 2  # lines on each side of the one that is meant

# A line in the middle of a private key says nowhere that it is one. Hashes, which are written like it, are not secret.
_KEY_BODY = re.compile(r"(?![0-9a-fA-F]+$)[A-Za-z0-9+/]{48,}={0,2}")
_KEY_REST = re.compile(r"[A-Za-z0-9+/]{2,}={0,2}")
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY")


def safe_line(data: bytes | str) -> str:
    """One line, alone, as it may be kept."""
    return safe_lines([data])[0]


def safe_lines(lines: Sequence[bytes | str]) -> list[str]:
    """Lines that follow one another, each as it may be kept; a secret may begin on one and end on another."""
    texts = [_plain(line) for line in lines]
    together = redact("\n".join(texts)).split("\n")
    texts = together if len(together) == len(texts) else [redact(text) for text in texts]
    safe = []
    inside = False
    for text, plain in zip(texts, map(_plain, lines), strict=True):
        bare = plain.lstrip("+- \t").rstrip()
        body = bool((_KEY_REST if inside else _KEY_BODY).fullmatch(bare))
        safe.append(MARK if body else cut(text, LINE))
        inside = body or bool(_KEY_BEGIN.search(plain))
    return safe


def _plain(line: bytes | str) -> str:
    """Cleaned and on one line. A carriage return in the middle is a blank here."""
    text = line[: 4 * LINE].decode("utf-8", "replace") if isinstance(line, bytes) else line[: 4 * LINE]
    return clean(text.rstrip("\r\n")).replace("\n", " ").rstrip()


def cut(text: str, most: int) -> str:
    """The beginning of a text, which says when there was more."""
    return text if len(text) <= most else text[: most - 1] + "…"


def digest(text: str) -> str:
    """The hash of what was seen. It is made of the redacted text: the hash of a short secret would give it away."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def passage(lines: Sequence[bytes | str], first: int, meant: int) -> str:
    """Numbered lines, `>` before the one that is meant; `first` is the number of the first one."""
    width = len(str(first + len(lines) - 1))
    rows = []
    for number, text in enumerate(safe_lines(lines), first):
        mark = ">" if number == meant else " "
        rows.append(f"{mark} {number:{width}}  {cut(text, LINE if number == meant else BESIDE)}".rstrip())
    return "\n".join(rows)
