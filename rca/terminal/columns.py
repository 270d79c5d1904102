"""Text in columns and lines, measured in the cells that a terminal gives it: wide characters take two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Piece = tuple[str, str]
Line = list[Piece]

GAP = 2
NARROWEST = 8


def cells(text: str) -> int:
    """How many cells a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, with a sign when something is missing."""
    if cells(text) <= width:
        return text
    taken = 0
    kept: list[str] = []
    for char in text:
        taken += cells(char)
        if taken > width - 1:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def fold(text: str, width: int, most: int) -> list[str]:
    """A text in lines of at most `width` cells, broken at spaces where there are any; cut after `most` lines."""
    lines = [""]
    for word in _words(text, width):
        line = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(line) <= width:
            lines[-1] = line
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], cut(f"{lines[most - 1]} {lines[most]}{' ' * width}", width)]
    return lines


def _words(text: str, width: int) -> Iterator[str]:
    """The words of a text, those that are wider than a line in pieces."""
    for word in text.split():
        piece = ""
        for char in word if cells(word) > width else ():
            if cells(piece + char) > width:
                yield piece
                piece = ""
            piece += char
        yield piece if cells(word) > width else word


def layout(rows: Sequence[Sequence[Piece]], align: Sequence[str], keep: Sequence[int], width: int) -> Iterator[Line]:
    """Rows in columns: all are as wide as they need, and the first one gives way when that is too much."""
    sides = [align[column] for column in keep]
    widths = [max(cells(row[index][0]) for row in rows) for index in range(len(sides))]
    others = sum(widths[1:]) + GAP * (len(widths) - 1)
    widths[0] = max(min(widths[0], width - others), NARROWEST)
    for row in rows:
        line: Line = []
        for index, (text, style) in enumerate(row):
            shown = cut(text, widths[index])
            space = " " * (widths[index] - cells(shown))
            gap = "" if index == 0 else " " * GAP
            last = index == len(row) - 1 and sides[index] == "l"
            line.append((gap + (space if sides[index] == "r" else ""), ""))
            line.append((shown, style))
            line.append(("" if last or sides[index] == "r" else space, ""))
        yield line
