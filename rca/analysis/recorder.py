"""A tally that also remembers every result which is no failure, packed small: for runs that go into the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from rca.analysis.tally import GROUPS, OTHER, Group, Key, Rules, Tally
from rca.model import Case
from rca.model.rows import LONGEST, Pack, Rows, kept, milliseconds, number, place_line

LINES = 5_000


class Recorder(Tally):
    """Counts as a tally does, and writes a line for each case that passed or was skipped."""

    def __init__(self, rules: Rules, above: Tally | None = None) -> None:
        super().__init__(rules, above)
        self.lines = Pack()
        self.places = Pack()
        self.count = 0
        self._waiting: list[str] = []
        self._numbers: dict[tuple[str, str, Group], int] = {}

    def passed(self, suite: str, classname: str, name: str, file: str, seconds: float | None) -> Group:
        """Count and write down a case that simply passed."""
        group = super().passed(suite, classname, name, file, seconds)
        self._write(suite, classname, name, group, "passed", seconds)
        return group

    def case(self, case: Case, file: str) -> Group:
        """Count any other case, and write it down unless it failed: failing ones are kept whole."""
        group = super().case(case, file)
        if case.outcome in {"passed", "skipped"}:
            status = "flaky" if case.flaky else case.outcome
            self._write(case.suite, case.classname, case.name, group, status, case.seconds)
        return group

    def rows(self, names: Mapping[Key, str]) -> Rows:
        """What was written down, with the names of the categories, which are known only at the end."""
        self._flush()
        groups = {number(*key): name for key, name in names.items()}
        return Rows(self.lines, self.places, groups, tuple(names.get(key, OTHER) for key in self.keys), self.count)

    def pieces(self) -> Iterator[Any]:
        """What was counted and written, in pieces that are small."""
        self._flush()
        yield from super().pieces()
        yield self.count
        yield self.places
        yield from self.lines.packed
        yield Pack([], self.lines.loose, self.lines.size)

    @classmethod
    def restored(cls, rules: Rules, load: Callable[[], Any]) -> Self:
        """A recorder with what was counted and written in another process."""
        recorder = super().restored(rules, load)
        recorder.count = load()
        recorder.places = load()
        packed = []
        while isinstance(piece := load(), bytes):
            packed.append(piece)
        recorder.lines = Pack(packed, piece.loose, piece.size)
        return recorder

    def absorb(self, other: Tally) -> None:
        """Take in what was counted and written in another report."""
        super().absorb(other)
        if isinstance(other, Recorder):
            self._flush()
            other._flush()  # noqa: SLF001 -- one of its own kind
            self.lines.absorb(other.lines)
            self.places.absorb(other.places)
            self.count += other.count

    def _write(self, suite: str, classname: str, name: str, group: Group, status: str, seconds: float | None) -> None:
        place = self._numbers.get((suite, classname, group)) or self._place(suite, classname, group)
        if len(name) > LONGEST or not name.isascii():
            name = kept(name)
        if '"' in name:
            name = name.replace('"', '""')
        self._waiting.append(f'{place},{status},{milliseconds(seconds)},"{name}",,,,\n')
        if len(self._waiting) >= LINES:
            self._flush()

    def _place(self, suite: str, classname: str, group: Group) -> int:
        place = number(suite, classname, *group.key)
        if len(self._numbers) >= GROUPS:
            self._numbers.clear()
        self._numbers[suite, classname, group] = place
        self.places.add(place_line(place, number(*group.key), suite, classname))
        return place

    def _flush(self) -> None:
        if self._waiting:
            self.count += len(self._waiting)
            self.lines.add("".join(self._waiting))
            self._waiting.clear()
