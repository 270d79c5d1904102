"""Count the cases of a report as they come, and keep of the failing ones what a person needs.

Memory is bounded by the number of failing cases: passing ones leave only counts, and of a run with many failures long
texts are kept for one case of each group of equal failures.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from heapq import heappush, heappushpop
from typing import Any, Self

from rca.causes.team_rules import TeamRules
from rca.config import Config
from rca.failures.description import Description, describe
from rca.failures.message import worst_failure
from rca.model import Case, GroupResult, NamedTime, Totals, case_id
from rca.select import Selector
from rca.text.clean import clean, shorten
from rca.text.frames import FrameRules
from rca.text.redact import redact

SLOWEST = 10
FAST_SHOWN = 20
FLAKY_KEPT = 100
TEXTS_KEPT = 200
TEXT_KEPT = 8_000
OUTPUT_KEPT = 4_000
MESSAGE_KEPT = 2_000
MESSAGE_ALONE = 300
ALL_TEXTS = 8_000_000
IDENTITIES = 300_000
GROUPS = 20_000
PIECE = 2_000
OTHER = "Not in any category"

_END_TO_END = re.compile(r"(?:^|[^a-z0-9])(?:e2e|end[-_ ]?to[-_ ]?end)(?:[^a-z0-9]|$)")

Key = tuple[str, ...]
# An empty list for all cases that have nothing to put there; nobody adds to the lists of a case that is kept.
_NONE: list[Any] = []


class Group:
    """Counts of the cases that share a key."""

    __slots__ = (
        "error",
        "failed",
        "fast",
        "fast_count",
        "flaky",
        "key",
        "limit",
        "passed",
        "seconds",
        "skipped",
        "untimed",
    )

    def __init__(self, limit: float, key: Key = ()) -> None:
        self.key = key
        self.passed = self.failed = self.error = self.skipped = self.flaky = 0
        self.seconds = 0.0
        self.untimed = 0
        self.limit = limit
        self.fast: list[tuple[str, float]] = []
        self.fast_count = 0

    def add(self, other: Group) -> None:
        """Take another group's counts in."""
        self.passed += other.passed
        self.failed += other.failed
        self.error += other.error
        self.skipped += other.skipped
        self.flaky += other.flaky
        self.seconds += other.seconds
        self.untimed += other.untimed
        self.fast_count += other.fast_count
        self.fast += other.fast[: FAST_SHOWN - len(self.fast)]

    @property
    def total(self) -> int:
        """How many cases were counted."""
        return self.passed + self.failed + self.error + self.skipped

    def totals(self) -> Totals:
        """The counts as a part of the model."""
        return Totals(
            total=self.total,
            passed=self.passed,
            failed=self.failed,
            error=self.error,
            skipped=self.skipped,
            flaky=self.flaky,
        )

    def result(self, name: str) -> GroupResult:
        """The counts under a name."""
        return GroupResult(
            name=name,
            totals=self.totals(),
            seconds=round(self.seconds, 6),
            untimed=self.untimed,
            too_fast=tuple(NamedTime(case=case, seconds=seconds) for case, seconds in self.fast),
            too_fast_count=self.fast_count,
        )


class Rules:
    """What the configuration asks to be counted, compiled once for all reports of a run."""

    def __init__(self, config: Config) -> None:
        self.categories = [category.name for category in config.categories]
        self.end_to_end = [category.end_to_end for category in config.categories]
        self.limit = config.too_fast_seconds
        self.frames = FrameRules(config.frames.app, config.frames.library)
        self.clusters = TeamRules(config.clusters)
        self.select = Selector([category.match for category in config.categories])
        steps = [(f"{journey.name} / {step.name}", step.tests) for journey in config.journeys for step in journey.steps]
        items = [(f"{group.name} / {item.name}", item.tests) for group in config.value for item in group.items]
        self.watched = [("journey", name) for name, _ in steps] + [("value", name) for name, _ in items]
        self.watch = Selector([tests for _, tests in steps + items])

    def group_key(self, suite: str, classname: str, file: str, name: str) -> tuple[Key, float]:
        """The group of a case and the time below which it is suspiciously fast (0: never)."""
        if not self.categories:
            return automatic_key(suite, classname, file), self._limit(suite, classname, file)
        found = self.select.matches(suite, classname, file, name)
        if not found:
            return (OTHER,), self._limit(suite, classname, file)
        index = found[0]
        said = self.end_to_end[index]
        limit = self._limit(suite, classname, file) if said is None else self.limit * said
        return (self.categories[index],), limit

    def _limit(self, suite: str, classname: str, file: str) -> float:
        """The limit for cases whose names say that they are end to end, else 0."""
        names = f"{suite[:500]}\n{classname[:500]}\n{file[:500]}".lower()
        return self.limit if ("e2e" in names or "end" in names) and _END_TO_END.search(names) else 0.0

    def by_name(self) -> bool:
        """Whether cases of one suite, class and file may fall into different groups."""
        return self.select.uses_names


_redact_type = lru_cache(maxsize=2_048)(redact)


def automatic_key(suite: str, classname: str, file: str) -> Key:
    """Where a case stands in the reports' own structure: suites, then the parts of its class (a test's module for pytest)."""
    parts = suite.split(" > ") if suite else []
    if classname and " " not in classname and len(classname) <= 300:
        parts += classname.replace("::", ".").replace("/", ".").replace("\\", ".").split(".")
    elif file:
        parts += file.split("/")
    return tuple(parts[:12])


class Budget:
    """How many long texts are kept: all of a run with few failures, beyond that one of each group of equal failures."""

    __slots__ = ("_groups", "_kept", "_room")

    def __init__(self) -> None:
        self._groups: set[str] = set()
        self._kept = 0
        self._room = ALL_TEXTS

    def allows(self, mark: str) -> bool:
        """Whether the texts of one more case of a group may be kept."""
        return (self._kept < TEXTS_KEPT or mark not in self._groups) and self._room > 0

    def take(self, mark: str, length: int) -> None:
        """Count the texts of a case."""
        self._groups.add(mark)
        self._kept += 1
        self._room -= length


_COUNTED = ("groups", "watched", "flaky", "slowest", "identities")


class Tally:
    """Takes the cases of one report; several tallies add up to a run."""

    def __init__(self, rules: Rules, above: Tally | None = None) -> None:
        """Start at nothing; `above` is the tally that will take this one in and knows what is not needed any more."""
        self.rules = rules
        self.budget = Budget()
        self._above = above.budget if above else self.budget
        self.groups: dict[Key, Group] = {}
        self.watched: dict[int, Group] = {}
        self.failing: list[Case] = []
        self.descriptions: list[Description] = []
        self.keys: list[Key] = []
        self.flaky: list[Case] = []
        self.slowest: list[tuple[float, int, str]] = []
        self._slow_count = 0
        self._shared: dict[Any, Any] = {}
        self._described: dict[tuple[str, tuple[str, ...]], Description] = {}
        self.identities = array("q")
        self._cache: dict[tuple[str, str, str], Group] = {}
        self._by_name = rules.by_name()
        self._watching = bool(rules.watched)
        # No report needs to remember cases that are faster than the slowest ones of those before it.
        self.slow_from: float = above.slow_from if above else -1.0

    def passed(self, suite: str, classname: str, name: str, file: str, seconds: float | None) -> Group:
        """Count a case that simply passed; return its group."""
        group = self._cache.get((suite, classname, file))
        if group is None:
            group = self._group(suite, classname, file, name)
        group.passed += 1
        if seconds is None:
            group.untimed += 1
        else:
            group.seconds += seconds
            if seconds > self.slow_from:
                self._slow(seconds, case_id(suite, classname, name))
            if seconds < group.limit:
                self._fast(group, seconds, case_id(suite, classname, name))
        self.identities.append(hash((suite, classname, name)))
        if self._watching:
            for index in self.rules.watch.matches(suite, classname, file, name):
                self._watch(index).passed += 1
        return group

    def case(self, case: Case, file: str) -> Group:
        """Count any other case, and keep it when it failed; return its group."""
        group = self._cache.get((case.suite, case.classname, file)) or self._group(case.suite, case.classname, file, case.name)
        self._count(group, case)
        if case.seconds is not None and case.seconds > self.slow_from and case.outcome != "skipped":
            self._slow(case.seconds, case.id)
        if self._watching:
            for index in self.rules.watch.matches(case.suite, case.classname, file, case.name):
                self._count(self._watch(index), case)
        self.identities.append(hash((case.suite, case.classname, case.name)))
        if case.outcome in {"failed", "error"}:
            self._keep(case, group.key)
        elif case.flaky and len(self.flaky) < FLAKY_KEPT:
            for failure in case.attempts:
                failure.message, failure.type = redact(failure.message), _redact_type(failure.type[:300])
            _shorten(case, with_text=True)
            self.flaky.append(case)
        return group

    def totals(self) -> Totals:
        """The counts of all groups together."""
        whole = Group(0.0)
        for group in self.groups.values():
            whole.add(group)
        return whole.totals()

    def pieces(self) -> Iterator[Any]:
        """What was counted, without the rules, in pieces that are small: to hand it to another process."""
        yield tuple(getattr(self, name) for name in _COUNTED)
        for start in range(0, len(self.failing), PIECE):
            stretch = slice(start, start + PIECE)
            yield self.failing[stretch], self.descriptions[stretch], self.keys[stretch]
        yield None

    @classmethod
    def restored(cls, rules: Rules, load: Callable[[], Any]) -> Self:
        """A tally with what was counted in another process, under the rules of this one; `load` gives the next piece."""
        tally = cls(rules)
        for name, value in zip(_COUNTED, load(), strict=True):
            setattr(tally, name, value)
        shared: dict[Any, Any] = {}
        while (piece := load()) is not None:
            cases, descriptions, keys = piece
            tally.failing += [_with_shared(case, shared) for case in cases]
            tally.descriptions += [tally._one(description) for description in descriptions]
            tally.keys += [shared.setdefault(key, key) for key in keys]
        return tally

    def absorb(self, other: Tally) -> None:
        """Take in what was counted in another report."""
        for key, group in other.groups.items():
            mine = self.groups.get(key)
            if mine is None:
                self.groups[key] = group
            else:
                mine.add(group)
        for index, group in other.watched.items():
            self._watch(index).add(group)
        for case, description in zip(other.failing, other.descriptions, strict=True):
            self._hold_to_budget(case, description.cause)
        self.failing += other.failing
        self.descriptions += [self._one(description) for description in other.descriptions]
        self.keys += other.keys
        self.flaky += other.flaky[: FLAKY_KEPT - len(self.flaky)]
        for seconds, _, name in sorted(other.slowest, key=lambda entry: -entry[1]):
            if seconds > self.slow_from:
                self._slow(seconds, name)
        if len(self.identities) < IDENTITIES:
            self.identities += other.identities

    def _group(self, suite: str, classname: str, file: str, name: str) -> Group:
        key, limit = self.rules.group_key(suite, classname, file, name)
        if key not in self.groups and len(self.groups) >= GROUPS:
            key = key[:1]
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(limit, key)
        if not self._by_name:
            if len(self._cache) >= GROUPS:
                self._cache.clear()
            self._cache[suite, classname, file] = group
        return group

    def _count(self, group: Group, case: Case) -> None:
        setattr(group, case.outcome, getattr(group, case.outcome) + 1)
        group.flaky += case.flaky
        if case.scope == "suite":
            return
        if case.seconds is None:
            group.untimed += 1
        else:
            group.seconds += case.seconds

    def _watch(self, index: int) -> Group:
        return self.watched.setdefault(index, Group(0.0))

    def _slow(self, seconds: float, name: str) -> None:
        # Of cases that took equally long, those that came first stay: the later one has the smaller second part.
        self._slow_count += 1
        entry = (seconds, -self._slow_count, name)
        if len(self.slowest) < SLOWEST:
            heappush(self.slowest, entry)
        else:
            heappushpop(self.slowest, entry)
            self.slow_from = self.slowest[0][0]

    def _fast(self, group: Group, seconds: float, name: str) -> None:
        group.fast_count += 1
        if len(group.fast) < FAST_SHOWN:
            group.fast.append((name, seconds))

    def _keep(self, case: Case, key: Key) -> None:
        for failure in (*case.failures, *case.attempts):
            failure.message = redact(failure.message[: 2 * MESSAGE_KEPT])
            failure.type = _redact_type(failure.type[:300])
        described = describe(case, self.rules.frames)
        worst = worst_failure(case)
        if worst is not None:
            worst.message = worst.message or described.message
            worst.type = worst.type or described.type
        mark = described.cause
        with_text = self.budget.allows(mark) and self._above.allows(mark)
        _shorten(case, with_text=with_text)
        if with_text:
            self.budget.take(mark, _length(case))
        self.failing.append(_with_shared(case, self._shared))
        self.descriptions.append(self._one(described))
        self.keys.append(key)

    def _one(self, description: Description) -> Description:
        """The first of all descriptions that are equal: one stands in memory for all of them."""
        return self._described.setdefault((description.cause, description.frames), description)

    def _hold_to_budget(self, case: Case, mark: str) -> None:
        """Hold the cases of all reports together to one budget, whoever read them."""
        length = _length(case)
        if not length:
            return
        if self.budget.allows(mark):
            self.budget.take(mark, length)
            return
        for failure in (*case.failures, *case.attempts):
            failure.message, failure.text = shorten(failure.message, MESSAGE_ALONE), ""
        case.output = ""


def _with_shared(case: Case, shared: dict[Any, Any]) -> Case:
    """Let what many failing cases have in common stand in memory once."""
    share = shared.setdefault
    case.suite, case.classname = share(case.suite, case.suite), share(case.classname, case.classname)
    if case.location is not None:
        case.location.path = share(case.location.path, case.location.path)
    for failure in case.failures:
        failure.type = share(failure.type, failure.type)
    case.failures = list(case.failures)  # as long as it is, without room for more
    if not case.attempts:
        case.attempts = _NONE
    if not case.attachments:
        case.attachments = _NONE
    return case


def _length(case: Case) -> int:
    """How many characters of long texts a case holds."""
    return sum(len(failure.text) for failure in case.failures) + len(case.output)


def _shorten(case: Case, *, with_text: bool) -> None:
    """Keep the texts of a case, redacted, or leave them out where cases like it are already there."""
    limit = MESSAGE_KEPT if with_text else MESSAGE_ALONE
    for failure in (*case.failures, *case.attempts):
        failure.message = shorten(failure.message, limit)
        failure.text = _text(failure.text, TEXT_KEPT) if with_text else ""
    case.output = _text(case.output, OUTPUT_KEPT) if with_text else ""


def _text(text: str, limit: int) -> str:
    return shorten(redact(clean(text).strip("\n")), limit) if text else ""
