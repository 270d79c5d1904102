"""A tally that also remembers every result which is no failure, packed small: for runs that go into the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from rca.analysis.tally import GROUPS, OTHER, Group, Key, Rules, Tally
from rca.model import Case
from rca.model.rows import LONGEST, Pack, Rows, kept, mark_of, milliseconds, number, packed, place_line, quoted

LINES = 5_000
NAMES_KEPT = 100_000

_count_passed = Tally.passed


class Recorder(Tally):
    """Counts as a tally does, and writes a line for each case that passed or was skipped."""

    def __init__(self, rules: Rules, above: Tally | None = None) -> None:
        super().__init__(rules, above)
        self.lines = Pack()
        self.places = Pack()
        self.count = 0
        # Marks of the cases of each step, by its index and their outcome.
        self.steps: dict[tuple[int, str], list[bytes]] = {}
        self._waiting: list[str] = []
        self._numbers: dict[tuple[str, str, Group | None], int] = {}
        self._here: tuple[str, str, Group | None] = ("", "", None)
        self._place = 0

    def passed(self, suite: str, classname: str, name: str, file: str, seconds: float | None) -> Group:
        """Count and write down a case that simply passed."""
        group = _count_passed(self, suite, classname, name, file, seconds)
        if self._watching:
            self._mark(suite, classname, name, file, "passed")
        # Most cases have the place of the one before, a time, and a name of plain letters.
        here = self._here
        if group is not here[2] or classname != here[1] or suite != here[0]:
            self._go_to(suite, classname, group)
        if not name.isascii() or len(name) > LONGEST or '"' in name:
            name = kept(name).replace('"', '""')
        time = "" if seconds is None else int(seconds * 1000 + 0.5)
        self._waiting.append(f'{self._place},passed,{time},"{name}",,,,\n')
        if len(self._waiting) >= LINES:
            self._flush()
        return group

    def case(self, case: Case, file: str) -> Group:
        """Count any other case, and write it down unless it failed: failing ones are kept whole."""
        group = super().case(case, file)
        if self._watching:
            told = "flaky" if case.flaky else case.outcome if case.outcome in {"passed", "skipped"} else "failing"
            self._mark(case.suite, case.classname, case.name, file, told)
        if case.outcome in {"passed", "skipped"}:
            status = "flaky" if case.flaky else case.outcome
            self._go_to(case.suite, case.classname, group)
            self._waiting.append(f"{self._place},{status},{milliseconds(case.seconds)},{quoted(kept(case.name))},,,,\n")
            if len(self._waiting) >= LINES:
                self._flush()
        return group

    def rows(self, names: Mapping[Key, str]) -> Rows:
        """What was written down, with the names of the categories, which are known only at the end."""
        self._flush()
        groups = {number(*key): name for key, name in names.items()}
        categories = tuple(names.get(key, OTHER) for key in self.keys)
        steps = {(*self.rules.watched[index], outcome): packed(marks) for (index, outcome), marks in sorted(self.steps.items())}
        return Rows(self.lines, self.places, groups, categories, self.count, steps)

    def pieces(self) -> Iterator[Any]:
        """What was counted and written, in pieces that are small."""
        self._flush()
        yield from super().pieces()
        yield self.count
        yield self.steps
        yield self.places
        yield from self.lines.packed
        yield Pack([], self.lines.loose, self.lines.size)

    @classmethod
    def restored(cls, rules: Rules, load: Callable[[], Any]) -> Self:
        """A recorder with what was counted and written in another process."""
        recorder = super().restored(rules, load)
        recorder.count = load()
        recorder.steps = load()
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
            for step, marks in other.steps.items():
                mine = self.steps.setdefault(step, [])
                mine += marks[: NAMES_KEPT - len(mine)]

    def _go_to(self, suite: str, classname: str, group: Group) -> None:
        """Let the next line be one of this place; a place that was not met lately is written down, maybe again."""
        self._here = (suite, classname, group)
        place = self._numbers.get(self._here)
        if place is None:
            place = number(suite, classname, *group.key)
            if len(self._numbers) >= GROUPS:
                self._numbers.clear()
            self._numbers[self._here] = place
            self.places.add(place_line(place, number(*group.key), suite, classname))
        self._place = place

    def _mark(self, suite: str, classname: str, name: str, file: str, outcome: str) -> None:
        """Remember to which steps a case belongs; of a run with more cases than are kept by name it is not asked."""
        for index in self.rules.watch.matches(suite, classname, file, name):
            marks = self.steps.setdefault((index, outcome), [])
            if len(marks) < NAMES_KEPT:
                marks.append(mark_of(suite, classname, name))

    def _flush(self) -> None:
        if self._waiting:
            self.count += len(self._waiting)
            self.lines.add("".join(self._waiting))
            self._waiting.clear()
