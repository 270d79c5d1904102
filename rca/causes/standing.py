"""Where a worklog stands: the latest result of each case, whatever runs of parts there were. docs/design.md has the rules."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rca.model import Case, GroupResult, Names, Run, Totals, sum_totals
from rca.model.rows import mark_of, unpacked

Part = Literal["categories", "journeys", "value"]

# The mark of a case, and which of the results of that name it is: failing ones come first, as in the ids.
Key = tuple[str, int]
_FAILING = frozenset({"failed", "error"})


class Result(NamedTuple):
    """How a case came out last: `passed`, `flaky`, `failed`, `error` or `skipped`, in which category and run."""

    outcome: str
    category: str
    run: str


@dataclass(slots=True)
class _Rest:
    """What a category counts of a run that kept no names, as far as later runs did not take its place."""

    run: str
    counts: Counter[str]

    def give_way(self, outcome: str) -> bool:
        """Let a case that is not known by name take a place; whether it counts now. A skipped one takes no place of an executed one."""
        order = ("skipped",) if outcome == "skipped" else ("passed", "skipped", "flaky")
        place = next((kind for kind in order if self.counts[kind]), None)
        if place is not None:
            self.counts[place] -= 1
        return place is not None or outcome != "skipped" or not self.counts.total()


class Carried(NamedTuple):
    """A category of which the last run that executed it gave a part of the results only; failing: those of earlier runs."""

    name: str
    total: int
    again: int
    failing: int

    @property
    def text(self) -> str:
        """What a reader must know of the figures, without the name."""
        rest = self.total - self.again
        said = f"{self.again:,} of {self.total:,} results {'is' if self.again == 1 else 'are'} from its last run"
        if rest == 1:
            return f"{said}, the other one{', which fails,' if self.failing else ''} is older"
        return f"{said}, the other {rest:,}{_failing_among(rest, self.failing)} are older"


@dataclass(slots=True)
class Standing:
    """The latest results of a worklog.

    results: of each category, in the order in which they came. runs: how many of these each run gave, by category and run.
    latest: of each case that is known by name.
    """

    results: dict[str, GroupResult] = field(default_factory=dict)
    runs: dict[str, dict[str, Totals]] = field(default_factory=dict)
    latest: dict[Key, Result] = field(default_factory=dict)
    rest: dict[str, _Rest] = field(default_factory=dict)

    def fails(self, case: Case, run: str) -> bool:
        """Whether a failing case of that run is the latest word on it."""
        found = self.latest.get(key_of(case))
        return found is not None and found.run == run and found.outcome in _FAILING

    def unnamed(self, category: str) -> str:
        """The run from which failures of a category count that nothing tells apart; empty when there are none."""
        rest = self.rest.get(category)
        return rest.run if rest and (rest.counts["failed"] or rest.counts["error"]) else ""

    def carried(self) -> tuple[Carried, ...]:
        """The categories of which the last run executed a part only."""
        found = []
        for name, runs in self.runs.items():
            *before, last = runs.values() or (Totals(),)
            if before:
                kept = sum_totals(before)
                found.append(Carried(name, last.total + kept.total, last.total, kept.failing))
        return tuple(found)

    def since(self, runs: Container[str]) -> Totals:
        """The results that these runs gave."""
        return sum_totals(totals for by_run in self.runs.values() for run, totals in by_run.items() if run in runs)


def older(carried: Iterable[Carried]) -> str:
    """How many results of all these categories are from earlier runs."""
    parts = list(carried)
    count, failing = sum(part.total - part.again for part in parts), sum(part.failing for part in parts)
    if count == 1:
        return f"One of these results{', which fails,' if failing else ''} is from an earlier run"
    return f"{count:,} of these results{_failing_among(count, failing)} are from earlier runs"


def _failing_among(count: int, failing: int) -> str:
    """How many of several results fail, put in between; empty when none does."""
    if not failing:
        return ""
    return f", {failing:,} of them failing," if failing < count else ", both failing," if count == 2 else ", all of them failing,"


def key_of(case: Case) -> Key:
    """By what a failing case is known in every run."""
    return _text(mark_of(case.suite, case.classname, case.name)), case.repeat


def suite_mark(suite: str) -> bytes:
    """The mark of a suite."""
    return mark_of("suite", suite)


def class_mark(name: str) -> bytes:
    """The mark of a class or a module."""
    return mark_of("class", name)


def _text(mark: bytes) -> str:
    return b64encode(mark).decode()


_LAST: list[tuple[tuple[Run, ...], Standing]] = []


def standing_of(runs: Sequence[Run]) -> Standing:
    """The latest results of these runs, which stand in the order of their time. The last answer is kept: it is asked for often."""
    for known, answer in _LAST:
        if len(known) == len(runs) and all(map(_same, known, runs)):
            return answer
    found = _Fold(runs).standing()
    _LAST[:] = [(tuple(runs), found)]
    return found


def _same(one: Run, other: Run) -> bool:
    return one is other


class _Fold:
    """Takes the runs one by one."""

    def __init__(self, runs: Sequence[Run]) -> None:
        # Of the results of one name in a run the last counts; no run that rca wrote has two.
        self.given = {(run.id, result.name): result for run in runs for result in run.categories}
        self.order_of_runs = tuple(dict.fromkeys(run.id for run in runs))
        self.found = Standing()
        self.order: dict[str, None] = {}
        # Failures that stand for cases which could not be loaded, with the mark of the suite or module.
        self.hollow: dict[Key, str] = {}
        for run in runs:
            self._take(run)

    def standing(self) -> Standing:
        found = self.found
        counts: dict[str, dict[str, Counter[str]]] = {name: {} for name in self.order}
        for result in found.latest.values():
            counts.setdefault(result.category, {}).setdefault(result.run, Counter())[result.outcome] += 1
        for name, rest in found.rest.items():
            if rest.counts.total():
                counts[name].setdefault(rest.run, Counter()).update(rest.counts)
        for name, by_run in counts.items():
            ran = {run: _totals(by_run[run]) for run in self.order_of_runs if run in by_run}
            found.runs[name] = ran
            found.results[name] = self._result(name, ran)
        return found

    def _take(self, run: Run) -> None:
        self.order.update((result.name, None) for result in run.categories)
        named = bool(run.categories) and all(result.names is not None for result in run.categories)
        for result in run.categories:
            if not named and (result.totals.executed or not self._knows(result.name)):
                self._drop(result.name)
                self._take_counts(run, result)
            elif named and run.whole and result.totals.executed:
                self._drop(result.name)
        if named:
            self._take_names(run)

    def _knows(self, category: str) -> bool:
        return category in self.found.rest or any(result.category == category for result in self.found.latest.values())

    def _drop(self, category: str) -> None:
        self.found.rest.pop(category, None)
        self.found.latest = {key: result for key, result in self.found.latest.items() if result.category != category}

    def _take_counts(self, run: Run, result: GroupResult) -> None:
        """Take a category of which only failing cases are known by name."""
        totals = result.totals
        counts = Counter({kind: getattr(totals, kind) for kind in ("failed", "error", "skipped", "flaky")})
        counts["passed"] = totals.passed - totals.flaky
        listed = [case for case in run.cases if case.category == result.name]
        told = Counter(case.outcome for case in listed)
        if (told["failed"], told["error"]) == (totals.failed, totals.error):
            counts["failed"] = counts["error"] = 0
            self._take_failing(run, listed)
        self.found.rest[result.name] = _Rest(run.id, counts)

    def _take_failing(self, run: Run, cases: Iterable[Case]) -> None:
        for case in cases:
            key = key_of(case)
            self.found.latest[key] = Result(case.outcome, case.category, run.id)
            if case.scope == "suite":
                self.hollow[key] = _text(suite_mark(case.suite))
            elif case.outcome == "error" and not case.classname:
                self.hollow[key] = _text(class_mark(case.name))

    def _take_names(self, run: Run) -> None:
        places = set(unpacked(run.places)) if self.hollow else set()
        for key in [key for key, place in self.hollow.items() if place in places]:
            del self.hollow[key]
            self.found.latest.pop(key, None)
        slots: Counter[str] = Counter()
        for case in run.cases:
            key = key_of(case)
            slots[key[0]] += 1
            self._make_room(key, case.category, case.outcome)
        self._take_failing(run, run.cases)
        for outcome in ("passed", "flaky", "skipped"):
            for result in run.categories:
                for mark in unpacked(getattr(result.names, outcome)):
                    slots[mark] += 1
                    if self._make_room((mark, slots[mark]), result.name, outcome):
                        self.found.latest[mark, slots[mark]] = Result(outcome, result.name, run.id)

    def _make_room(self, key: Key, category: str, outcome: str) -> bool:
        """Whether a result counts from now on: a skipped one says nothing about a case that was executed."""
        before = self.found.latest.get(key)
        if before is not None:
            return outcome != "skipped" or before.outcome == "skipped"
        rest = self.found.rest.get(category)
        return rest is None or rest.give_way(outcome)

    def _result(self, name: str, ran: dict[str, Totals]) -> GroupResult:
        """The result of a category: that of a run when it gives all of it, else one put together."""
        own = {run: self.given.get((run, name), GroupResult(name=name)) for run in ran}
        if not own:
            return GroupResult(name=name)
        last = next(reversed(own))
        if len(own) == 1 and _parts(own[last].totals) == _parts(ran[last]):
            return own[last]
        fast = [(run, entry) for run, result in own.items() for entry in result.too_fast]
        stale = Counter(run for run, entry in fast if not self._counts(entry.case, run))
        kept = tuple(entry for run, entry in fast if self._counts(entry.case, run))
        number = sum(result.too_fast_count - stale[run] for run, result in own.items())
        return own[last].model_copy(
            update={
                "totals": sum_totals(ran.values()),
                "too_fast": kept[:20],
                "too_fast_count": max(number, len(kept)),
                "names": None,
            }
        )

    def _counts(self, case: str, run: str) -> bool:
        """Whether a passed case of a run is the latest word on it; unknown ones are."""
        found = self.found.latest.get((_text(mark_of(case)), 1))
        return found is None or found.run == run


def _parts(totals: Totals) -> tuple[int, ...]:
    return totals.passed, totals.flaky, totals.failed, totals.error, totals.skipped


def _totals(counts: Counter[str]) -> Totals:
    passed = counts["passed"] + counts["flaky"]
    return Totals(
        total=counts.total(),
        passed=passed,
        failed=counts["failed"],
        error=counts["error"],
        skipped=counts["skipped"],
        flaky=counts["flaky"],
    )


def steps_of(runs: Sequence[Run], part: Part) -> dict[str, GroupResult]:
    """The latest results of the cases of each journey step or value item."""
    found: dict[str, GroupResult] = {}
    latest = standing_of(runs).latest
    members = {run.id: {step.name: _members(step.names) for step in getattr(run, part)} for run in runs}
    counts: dict[str, Counter[str]] = {}
    for (mark, _), result in latest.items():
        for name, marks in members[result.run].items():
            if marks is not None and mark in marks:
                counts.setdefault(name, Counter())[result.outcome] += 1
    for run in runs:
        for step in getattr(run, part):
            if step.names is not None:
                found[step.name] = step.model_copy(update={"totals": _totals(counts.get(step.name, Counter()))})
            elif step.totals.executed or step.name not in found:
                found[step.name] = step
    return found


def _members(names: Names | None) -> frozenset[str] | None:
    if names is None:
        return None
    return frozenset(mark for marks in _texts(names) for mark in unpacked(marks))


def _texts(names: Names) -> Iterator[str]:
    yield from (names.passed, names.flaky, names.failing, names.skipped)
