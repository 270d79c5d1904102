"""Suites while they are open: what they declare, what was counted in them, and what to say when the two differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rca.model import Severity
from rca.text.figures import count

SHOWN = {"declared-totals": 3, "hidden-failure": 10}
_HINTS = {
    "declared-totals": "the counts here are those of the cases",
    "hidden-failure": "look into the log of the run: something that did not compile, load or set up leaves no case",
}

Note = Callable[[str, Severity, str, int, str], None]


class Suite:
    """A suite that is open, with what it declares and what was counted in it and in the suites inside of it.

    marks: `<failure>` and `<error>` elements, of which a case may hold several. tries: earlier attempts inside of cases.
    merged: cases that turned out to be an earlier attempt of another one. place: where it begins in the report.
    """

    __slots__ = ("cases", "declared", "failing", "file", "inner", "marks", "merged", "name", "path", "place", "skipped", "tries")

    def __init__(self, name: str, path: str, file: str, place: int = 0) -> None:
        self.name = name
        self.path = path
        self.file = file
        self.place = place
        self.declared: dict[str, str] | None = None
        self.cases = self.failing = self.skipped = self.marks = self.tries = self.merged = 0
        self.inner: Inner | None = None

    def add(self, suite: Suite) -> None:
        """Count a suite that ends inside of this one."""
        self.cases += suite.cases
        self.failing += suite.failing
        self.skipped += suite.skipped
        self.marks += suite.marks
        self.tries += suite.tries
        self.merged += suite.merged
        if self.inner is None:
            self.inner = Inner()
        self.inner.cases += suite.cases
        self.inner.failing += suite.failing
        self.inner.claimed += max(suite.said() or 0, suite.failing, suite.inner.claimed if suite.inner else 0)

    def said(self) -> int | None:
        """How many failures and errors the suite declares."""
        failures, errors = self._whole("failures"), self._whole("errors")
        return None if failures is None and errors is None else (failures or 0) + (errors or 0)

    def surplus(self) -> bool:
        """Whether more cases stand in the suite than it declares."""
        tests = self._whole("tests")
        return tests is not None and tests < self.cases

    def differences(self) -> Iterator[tuple[str, Severity, str]]:
        """Tell what the suite declares and its cases contradict, whether it counts inner suites and all tries in or not."""
        inner = self.inner or Inner()
        name = f"suite {self.name[:80]!r}" if self.name else "the report"
        tests, said = self._whole("tests"), self.said()
        held = self.cases - self.merged
        if tests is not None and tests not in {held, self.cases, held - self.skipped, held - inner.cases, held + self.tries}:
            yield "declared-totals", "warning", f"{name} declares {tests:,} tests, but holds {held:,}"
        if said is None or self._accounts_for(said, inner):
            return
        own = self.failing - inner.failing
        if said > max(self.failing + self.tries, self.marks, inner.claimed) and not own:
            hidden = said - max(self.failing, inner.claimed)
            what = f"{name} declares {count(hidden, 'failed test')} that no case in it shows"
            yield "hidden-failure", "error", f"{what}: something failed that the report does not name"
        else:
            yield "declared-totals", "warning", f"{name} declares {said:,} failures and errors, but holds {self.failing:,}"

    def _accounts_for(self, said: int, inner: Inner) -> bool:
        tries = self.tries + self.merged
        return said in {self.failing, self.marks, self.failing - inner.failing, self.failing + tries, self.marks + tries}

    def _whole(self, name: str) -> int | None:
        return whole(self.declared.get(name)) if self.declared else None


class Inner:
    """What the suites inside of a suite hold; claimed: failures that they declare or show, whichever is more."""

    __slots__ = ("cases", "claimed", "failing")

    def __init__(self) -> None:
        self.cases = self.failing = self.claimed = 0


class Differences:
    """Passes on the first differences of a report one by one and counts the rest: one sloppy producer must not bury all else."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._counts = dict.fromkeys(SHOWN, 0)
        self._severities: dict[str, Severity] = {"declared-totals": "warning", "hidden-failure": "error"}

    def check(self, suite: Suite) -> None:
        """Compare a suite that ends."""
        for code, severity, message in suite.differences():
            self._counts[code] += 1
            if self._counts[code] <= SHOWN[code]:
                self._note(code, severity, message, suite.place, _HINTS[code])

    def finish(self) -> None:
        """Say how many more there were."""
        for code, number in self._counts.items():
            more = number - SHOWN[code]
            if more > 0:
                self._note(code, self._severities[code], f"{count(more, 'more difference')} of this kind in this report", -1, _HINTS[code])


def whole(text: str | None) -> int | None:
    """Read a plain whole number, with or without thousands separators."""
    if text is None:
        return None
    text = text.strip().replace(",", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
