"""Every result of a run that is no failure, packed as text: what the history stores beside the failing cases."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONGEST = 1_000
PACKED_FROM = 2 * 1024**2
# Fast, and a sixth of the size is left: results of one run are much alike.
_LEVEL = 1
_MARK = 6  # bytes; eight characters of Base64


@dataclass(slots=True)
class Pack:
    """Lines of text in the order in which they came; what has become much of them is compressed."""

    packed: list[bytes] = field(default_factory=list)
    loose: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, lines: str) -> None:
        """Take lines in."""
        self._take(lines.encode("utf-8", "replace"))

    def absorb(self, other: Pack) -> None:
        """Take in what another pack holds, behind what is here."""
        if other.packed:
            self._press()
            self.packed += other.packed
        for piece in other.loose:
            self._take(piece)

    def __iter__(self) -> Iterator[bytes]:
        """All lines, a few megabytes at once."""
        yield from map(zlib.decompress, self.packed)
        yield from self.loose

    def _take(self, piece: bytes) -> None:
        self.loose.append(piece)
        self.size += len(piece)
        if self.size >= PACKED_FROM:
            self._press()

    def _press(self) -> None:
        if self.loose:
            self.packed.append(zlib.compress(b"".join(self.loose), _LEVEL))
            self.loose, self.size = [], 0


@dataclass(slots=True)
class Rows:
    """Results of a run that are no failures, as lines of CSV.

    lines: `place,status,milliseconds,"name",,,,`. places: `place,group,"suite","class"`, some of them more than once.
    groups: the category of each group. categories: those of the failing cases of the run, in their order. steps: packed marks of
    the cases of journey steps and value items, by `journey` or `value`, name and outcome.
    """

    lines: Pack = field(default_factory=Pack)
    places: Pack = field(default_factory=Pack)
    groups: dict[int, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    count: int = 0
    steps: dict[tuple[str, str, str], str] = field(default_factory=dict)


def milliseconds(seconds: float | None) -> str:
    """Whole milliseconds, empty where the time is not known."""
    return "" if seconds is None or not math.isfinite(seconds) else str(int(seconds * 1000 + 0.5))


def quoted(text: str) -> str:
    """A field of CSV that holds any text."""
    return '"' + text.replace('"', '""') + '"'


def place_line(place: int, group: int, suite: str, classname: str) -> str:
    """A line that says what stands behind the number of a place."""
    return f"{place},{group},{quoted(kept(suite))},{quoted(kept(classname))}\n"


def number(*parts: str) -> int:
    """A number for texts that is the same in every process; 63 bits."""
    digest = hashlib.blake2b(repr(parts).encode("utf-8", "backslashreplace"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def lines_of(pack: Pack) -> Iterator[list[str]]:
    """The lines of a pack, each as its fields."""
    for piece in pack:
        yield from csv.reader(io.StringIO(piece.decode("utf-8"), newline=""))


def mark_of(*parts: str) -> bytes:
    """What stands for a name where only sameness counts: 6 bytes that hardly two names of a worklog share."""
    return hashlib.blake2b("::".join(kept(part) for part in parts if part).encode(), digest_size=_MARK).digest()


def packed(marks: Iterable[bytes]) -> str:
    """Marks in order, as text of eight characters each."""
    return base64.b64encode(b"".join(sorted(marks))).decode()


def unpacked(text: str) -> list[str]:
    """The marks of a text, each as its eight characters."""
    return [text[start : start + 8] for start in range(0, len(text), 8)]


def named(text: str | None) -> str | None:
    """A name that may be missing, as it is stored; an empty one is missing."""
    return kept(text) if text else None


def kept(text: str) -> str:
    """A name as it is stored: halves of characters replaced, and cut where it is longer than any name should be.

    A hash of the whole stands for what is cut off, so that different names stay different.
    """
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) <= LONGEST:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{text[: LONGEST - 20]}… {digest}"
