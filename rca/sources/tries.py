"""Merge tests that were tried again and that the report gives as further cases of the same name."""

from __future__ import annotations

from collections.abc import Callable

from rca.model import Case, Failure
from rca.sources.interface import Sink

HELD = 100_000
ATTEMPTS = 50
UNTOLD = "an earlier try failed; the report does not say how"

Key = tuple[str, str, str]


class ToldTries:
    """Every try is a case with its own outcome, failed ones first: hold failing cases until the report ends.

    `passed` and `case` are those of a sink; `merged` is called for each case that turns out to be a further try.
    """

    def __init__(self, sink: Sink, merged: Callable[[], None]) -> None:
        self._sink = sink
        self._merged = merged
        self._held: dict[Key, tuple[Case, str]] = {}

    def passed(self, suite: str, classname: str, name: str, file: str, seconds: float | None) -> None:
        """Take a case that passed: the last try of one that is held, or any other."""
        if (suite, classname, name) in self._held:
            self.case(Case(suite, classname, name, seconds=seconds), file)
        else:
            self._sink.passed(suite, classname, name, file, seconds)

    def case(self, case: Case, file: str) -> None:
        """Take any other case."""
        key = (case.suite, case.classname, case.name)
        if held := self._held.pop(key, None):
            before = held[0]
            case.attempts = [*before.attempts, *before.failures, *case.attempts][:ATTEMPTS]
            case.flaky = case.outcome == "passed"
            self._merged()
        if case.scope == "case" and case.outcome in {"failed", "error"} and len(self._held) < HELD:
            self._held[key] = (case, file)
        else:
            self._sink.case(case, file)

    def finish(self) -> None:
        """Pass on what never came again."""
        for case, file in self._held.values():
            self._sink.case(case, file)
        self._held = {}


class Sieve:
    """Tells which names may come more than once, in 16 bytes a case: where two names fall on one place, one too many is held.

    Each place has two bits: never, once, more than once.
    """

    def __init__(self, cases: int) -> None:
        self._mask = (1 << max(12, (64 * cases).bit_length() - 1)) - 1
        self._seen = bytearray((self._mask + 1) // 4)

    def add(self, key: Key) -> None:
        """Count a name."""
        place = hash(key) & self._mask
        shift = 2 * (place & 3)
        if not self._seen[place >> 2] >> shift & 2:
            self._seen[place >> 2] += 1 << shift

    def repeated(self, key: Key) -> bool:
        """Whether a name may have come more than once."""
        place = hash(key) & self._mask
        return bool(self._seen[place >> 2] >> 2 * (place & 3) & 2)

    def passed(self, suite: str, classname: str, name: str, _file: str, _seconds: float | None) -> None:
        """Count a case that passed."""
        self.add((suite, classname, name))

    def case(self, case: Case, _file: str) -> None:
        """Count any other case."""
        self.add((case.suite, case.classname, case.name))


class HiddenTries:
    """Failed tries look passed and the last element is the true outcome: hold cases that passed and may come again."""

    def __init__(self, sink: Sink, merged: Callable[[], None], sieve: Sieve) -> None:
        self._sink = sink
        self._merged = merged
        self._sieve = sieve
        self._held: dict[Key, tuple[str, float | None, int]] = {}

    def passed(self, suite: str, classname: str, name: str, file: str, seconds: float | None) -> None:
        """Take a case that passed, or a failed try that looks like one."""
        key = (suite, classname, name)
        if not self._sieve.repeated(key):
            self._sink.passed(suite, classname, name, file, seconds)
            return
        tries = self._tries(key)
        self._held[key] = (file, seconds, tries)

    def case(self, case: Case, file: str) -> None:
        """Take any other case: what was held under its name was an earlier try of it."""
        case.attempts = (_untold(self._tries((case.suite, case.classname, case.name))) + case.attempts)[:ATTEMPTS]
        self._sink.case(case, file)

    def finish(self) -> None:
        """Pass on what passed at last."""
        for (suite, classname, name), (file, seconds, tries) in self._held.items():
            if tries:
                self._sink.case(Case(suite, classname, name, seconds=seconds, attempts=_untold(tries), flaky=True), file)
            else:
                self._sink.passed(suite, classname, name, file, seconds)
        self._held = {}

    def _tries(self, key: Key) -> int:
        held = self._held.pop(key, None)
        if held is None:
            return 0
        self._merged()
        return held[2] + 1


def _untold(tries: int) -> list[Failure]:
    return [Failure("failure", message=UNTOLD) for _ in range(min(tries, ATTEMPTS))]
