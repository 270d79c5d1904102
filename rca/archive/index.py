"""The page that lists all worklogs of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rca.archive.headers import Header
from rca.files import read_plain
from rca.text.figures import rate
from rca.text.safe import cell, inline, link

_MARK = "<!-- Made by rca from the records beside it; changes here are overwritten. -->"


def index_page(headers: Iterable[Header]) -> str:
    """The page for headers in the order of their ids; the newest worklog comes first."""
    rows = [_row(header) for header in headers][::-1]
    if not rows:
        return f"{_MARK}\n# Worklogs\n\nNone yet.\n"
    return "\n".join([_MARK, "# Worklogs", "", "| opened | worklog | status | passed | focus |", "|---|---|---|--:|---|", *rows]) + "\n"


def _row(header: Header) -> str:
    name = header.id
    target = f"{name[:4]}/{name}.md"
    if header.error:
        return f"| {name[:10]} | {link(name, target)} | cannot be read | – | – |"
    passed = rate(header.passed, header.executed)
    return f"| {name[:10]} | {cell(link(header.title or name, target))} | {header.status} | {passed} | {inline(header.focus) or '–'} |"


def index_path(root: Path) -> Path | None:
    """Where the page goes: README.md, or index.md beside a README that somebody wrote; None when both are taken."""
    for name in ("README.md", "index.md"):
        path = root / name
        if not path.exists() or is_index(path):
            return path
    return None


def is_index(path: Path) -> bool:
    """Whether rca made that page."""
    try:
        return read_plain(path, len(_MARK)).decode("utf-8", "replace") == _MARK
    except OSError:
        return False
