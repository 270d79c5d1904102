"""A Markdown text as the checks read it: its lines by number, without what stands inside of fences."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Severity = Literal["error", "warning"]
Fault = tuple[int, str, Severity, str, str]

MAX_LINE = 4_000

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+(\S.*)")
_MARK = re.compile(r"^\W{0,4}?(✅|❌|⚠|\[x\]|\[ \]|PASS|FAIL)")
_COUNTED = re.compile(r"\((\d{1,6})\s{0,3}/\s{0,3}(\d{1,6})\s{0,3}(?:passed|passing|tests?|cases?)?\)", re.IGNORECASE)
_GOOD = {"✅", "[x]", "PASS"}
_BAD = {"❌", "FAIL"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: where it stands among the lines of prose, its line, level and text."""

    index: int
    number: int
    level: int
    text: str

    @property
    def counted(self) -> tuple[int, int] | None:
        """The cases that it counts as `(9/10 passed)`: passed and total."""
        match = _COUNTED.search(self.text)
        return (int(match[1]), int(match[2])) if match else None


@dataclass
class Page:
    """The lines of a text, and those of them that are prose: number and text."""

    lines: list[str]
    prose: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> Page:
        """Read a text."""
        page = cls(text.split("\n"))
        fence = ""
        for number, line in enumerate(page.lines, 1):
            mark = _FENCE.match(line)
            if fence:
                fence = "" if mark and mark[1].startswith(fence) else fence
            elif mark:
                fence = mark[1]
            else:
                page.prose.append((number, line[:MAX_LINE].rstrip()))
        return page

    @cached_property
    def headings(self) -> list[Heading]:
        """All headings in order."""
        found = []
        for index, (number, line) in enumerate(self.prose):
            match = _HEADING.match(line) if line.startswith("#") else None
            if match:
                found.append(Heading(index, number, len(match[1]), match[2].rstrip("#").rstrip()))
        return found

    def below(self, heading: Heading) -> list[tuple[int, str]]:
        """The lines of prose between a heading and the next one."""
        place = self._places[heading.index]
        end = self.headings[place + 1].index if place + 1 < len(self.headings) else len(self.prose)
        return self.prose[heading.index + 1 : end]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {heading.index: place for place, heading in enumerate(self.headings)}

    @cached_property
    def categories(self) -> list[tuple[str, int, int]]:
        """Categories as headings count them: name, passed, total."""
        counted = [(heading.text, heading.counted) for heading in self.headings]
        return [(text, count[0], count[1]) for text, count in counted if count and count[1]][:500]


def bullet(line: str) -> str | None:
    """The text of a list item, None for other lines."""
    match = _BULLET.match(line)
    return match[1] if match else None


def marked(line: str) -> bool | None:
    """Whether a list item is marked as good; None when it has no mark of success or failure."""
    text = bullet(line)
    match = _MARK.match(text) if text else None
    if match is None:
        return None
    return True if match[1] in _GOOD else False if match[1] in _BAD else None


def has_mark(line: str) -> bool:
    """Whether a list item has a mark of any kind."""
    text = bullet(line)
    return bool(text and _MARK.match(text))
