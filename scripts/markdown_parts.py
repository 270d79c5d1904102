"""The parts of a Markdown page that the documentation is checked by: fenced blocks, headings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKER = "<!-- made by {script}: change {source} and run it, not the text below -->"

_FENCE = re.compile(r"(?P<indent> {0,3})(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)$")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its info string, its lines, the line on which its text starts (from 1) and its marks."""

    info: str
    lines: tuple[str, ...]
    start: int
    ticks: str

    @property
    def language(self) -> str:
        """The first word of the info string."""
        return self.info.split()[0] if self.info.strip() else ""

    @property
    def text(self) -> str:
        """The text of the block, each line ended."""
        return "".join(line + "\n" for line in self.lines)


def pages() -> list[Path]:
    """Every page of the documentation that holds something, in the order of their names."""
    found = [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
    return [path for path in found if path.is_file() and path.stat().st_size]


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page. Raises ValueError for one that has no end."""
    ticks, info, start = "", "", 0
    held: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        if not ticks and mark:
            ticks, info, start, held = mark["ticks"], mark["info"].strip(), number + 1, []
        elif ticks and mark and mark["ticks"].startswith(ticks) and not mark["info"].strip():
            yield Block(info, tuple(held), start, ticks)
            ticks = ""
        elif ticks:
            held.append(line)
    if ticks:
        msg = f"the block that starts on line {start - 1} has no end"
        raise ValueError(msg)


def prose(text: str) -> str:
    """The page without its fenced blocks; their lines are empty, so that line numbers stay."""
    lines = text.split("\n")
    for block in blocks(text):
        for index in range(block.start - 2, block.start + len(block.lines)):
            lines[index] = ""
    return "\n".join(lines)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    seen: dict[str, int] = {}
    found = set()
    for line in prose(text).split("\n"):
        if heading := _HEADING.match(line):
            slug = anchor(heading[1])
            seen[slug] = seen.get(slug, -1) + 1
            found.add(slug if not seen[slug] else f"{slug}-{seen[slug]}")
    return found


def anchor(heading: str) -> str:
    """The anchor of one heading: no marks, lower case, hyphens for spaces."""
    return _NOT_IN_ANCHOR.sub("", heading.replace("`", "").lower()).replace(" ", "-")


def links(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and target of every link; what stands in code is no link."""
    for number, line in enumerate(prose(text).split("\n"), 1):
        for match in _LINK.finditer(_CODE.sub("", line)):
            yield number, match[1]


def row(*cells: str) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") or "–" for cell in cells) + " |"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    return "\n".join([row(*head), "|" + "---|" * len(head), *(row(*cells) for cells in rows)])


def replace_below(path: Path, marker: str, text: str) -> str:
    """The page with everything below its marker replaced; the marker must be there."""
    page = path.read_text(encoding="utf-8")
    above, found, _ = page.partition(marker)
    if not found:
        msg = f"{path.name} lacks the line {marker}"
        raise ValueError(msg)
    return f"{above}{marker}\n\n{text.strip()}\n"


def update(path: Path, marker: str, text: str, *, check: bool) -> int:
    """Write the generated part of a page, or only say whether it is out of date (1)."""
    wanted = replace_below(path, marker, text)
    if path.read_text(encoding="utf-8") == wanted:
        return 0
    if check:
        print(f"{path.relative_to(ROOT)} is out of date: {marker.split()[3].rstrip(':')} writes it anew")
        return 1
    path.write_text(wanted, encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")
    return 0
