"""A small terminal: bytes of a program go in, the characters and their styles that somebody would see come out.

It knows what `rca` and prompt_toolkit send, and refuses all else: a screen that is shown must not be a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from rca.terminal.columns import cells

# Private modes that change nothing of what is seen: cursor keys, blinking, the cursor itself, pasting in brackets.
SILENT_MODES = {"1", "12", "25", "2004"}
AUTOWRAP = "7"

_SEQUENCE = re.compile(r"\x1b\[([?>]?)([0-9;]*)([@-~])|\x1b([=>78])|\x1b\]([^\x07\x1b]*)(?:\x07|\x1b\\)")
_BEGUN = re.compile(r"\x1b(?:\[[?>]?[0-9;]*|\][^\x07\x1b]*\x1b?)?\Z")
_LOOKS = {1: "bold", 2: "dim", 7: "reverse"}
_PLAIN = re.compile(r"[^\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Style:
    """How a character looks. colour: a number of the 256 of a terminal; None is the usual one."""

    colour: int | None = None
    bold: bool = False
    dim: bool = False
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on the screen. The right half of a wide character has an empty text."""

    text: str = " "
    style: Style = Style()


EMPTY = Cell()


@dataclass
class Screen:
    """A screen of so many columns and rows; lines that left it at the top are kept, so `lines` is all that was shown."""

    columns: int = 80
    rows: int = 24
    lines: list[list[Cell]] = field(default_factory=lambda: [[]])
    row: int = 0
    column: int = 0
    style: Style = Style()
    wraps: bool = True
    rest: str = ""

    @property
    def top(self) -> int:
        """The number of the first line that is still on the screen."""
        return max(0, len(self.lines) - self.rows)

    def text(self, start: int = 0) -> list[str]:
        """The lines from `start` on as text, without white space at their ends."""
        return ["".join(cell.text for cell in line).rstrip() for line in self.lines[start:]]

    def feed(self, data: str) -> None:
        """Take what a program printed. Raises ValueError for a sequence that is not known here."""
        data, self.rest = self.rest + data, ""
        place = 0
        while place < len(data):
            plain = _PLAIN.match(data, place)
            if plain:
                self._print(plain[0])
                place = plain.end()
            elif data[place] == "\x1b":
                match = _SEQUENCE.match(data, place)
                if match is None and _BEGUN.match(data, place):
                    self.rest = data[place:]
                    return
                if match is None:
                    raise ValueError(f"an unknown sequence: {data[place : place + 20]!r}")
                self._sequence(match)
                place = match.end()
            else:
                self._control(data[place])
                place += 1

    # -- characters ------------------------------------------------------------------------------------------------

    def _print(self, text: str) -> None:
        for char in text:
            width = cells(char)
            if width == 0:
                self._join(char)
                continue
            if self.column + width > self.columns:
                if self.wraps:
                    self._down()
                    self.column = 0
                else:
                    self.column = self.columns - width
            self._put(Cell(char, self.style))
            if width == 2:
                self._put(Cell("", self.style))

    def _put(self, cell: Cell) -> None:
        line = self.lines[self.row]
        line += [EMPTY] * (self.column + 1 - len(line))
        line[self.column] = cell
        self.column += 1

    def _join(self, char: str) -> None:
        """A mark that takes no place of its own goes onto the character before it."""
        line = self.lines[self.row]
        place = min(self.column, len(line)) - 1
        while place > 0 and not line[place].text:
            place -= 1
        if place >= 0:
            line[place] = replace(line[place], text=line[place].text + char)

    def _control(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self._down()
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char != "\x07":
            raise ValueError(f"an unknown control character: {char!r}")

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append([])

    # -- sequences -------------------------------------------------------------------------------------------------

    def _sequence(self, match: re.Match[str]) -> None:
        private, numbers, final = match[1], match[2] or "", match[3]
        if not final and match[4] in {None, "=", ">"}:
            return  # a title, or how the keypad is read
        if not final:
            raise ValueError(f"an unknown sequence: {match[0]!r}")
        if private == "?" and final in "hl":
            self._mode(numbers, on=final == "h")
        elif not private and final == "m":
            self._look([int(number or 0) for number in numbers.split(";")])
        elif not private and final in "ABCDGHJK":
            self._move(final, [int(number or 0) for number in numbers.split(";")])
        else:
            raise ValueError(f"an unknown sequence: {match[0]!r}")

    def _mode(self, mode: str, *, on: bool) -> None:
        if mode == AUTOWRAP:
            self.wraps = on
        elif mode not in SILENT_MODES:
            raise ValueError(f"an unknown mode: {mode}")

    def _move(self, final: str, numbers: list[int]) -> None:
        number = numbers[0] or 1
        if final == "A":
            self.row = max(self.top, self.row - number)
        elif final == "B":
            self.row = min(len(self.lines) - 1, self.row + number)
        elif final in "CD":
            self.column = min(self.columns - 1, max(0, self.column + (number if final == "C" else -number)))
        elif final == "G":
            self.column = min(self.columns, number) - 1
        elif final == "J" and not numbers[0]:
            del self.lines[self.row][self.column :]
            del self.lines[self.row + 1 :]
        elif final == "K" and not numbers[0]:
            del self.lines[self.row][self.column :]
        else:
            raise ValueError(f"an unknown movement: {numbers} {final}")

    def _look(self, numbers: list[int]) -> None:
        if numbers[:2] == [0, 38] or numbers[:1] == [38]:
            start = numbers.index(38)
            if numbers[start + 1 : start + 2] != [5] or len(numbers) != start + 3:
                raise ValueError(f"an unknown colour: {numbers}")
            self.style = replace(Style() if start else self.style, colour=numbers[-1])
            return
        for number in numbers:
            if number == 0:
                self.style = Style()
            elif number in _LOOKS:
                self.style = replace(self.style, **{_LOOKS[number]: True})
            elif 30 <= number <= 37 or 90 <= number <= 97:
                self.style = replace(self.style, colour=number - (30 if number < 90 else 82))
            else:
                raise ValueError(f"an unknown style: {number}")
