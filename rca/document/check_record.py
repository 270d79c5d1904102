"""Hold a record against itself: every figure, state and reference in it must follow from the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from rca.document.check_causes import Fault, causes, doubts
from rca.document.findings import Finding
from rca.document.lines import Path, line_of
from rca.model import Run, Totals, Worklog, sum_totals
from rca.text.mojibake import repaired
from rca.text.redact import redact


def check_record(worklog: Worklog, name: str, lines: dict[Path, int], settle: Callable[[Worklog], Worklog]) -> list[Finding]:
    """Return the faults of a record. `settle` works out what follows from the rest; `lines` places the faults."""
    faults: list[Fault] = []
    for rule in (_totals, _cases, _clusters, _times, _places, _names, causes, _texts):
        faults += rule(worklog)
    faults += _derived(worklog, settle(worklog))
    found = [Finding(name, line_of(lines, path), rule, "error", message, hint) for path, rule, message, hint in faults]
    return found + [Finding(name, line_of(lines, path), rule, "warning", message, hint) for path, rule, message, hint in doubts(worklog)]


def _totals(worklog: Worklog) -> Iterator[Fault]:
    for index, run in enumerate(worklog.runs):
        for place, totals in _all_totals(run):
            path = ("runs", index, *place)
            parts = totals.passed + totals.failed + totals.error + totals.skipped
            if parts != totals.total:
                yield (
                    path,
                    "arithmetic",
                    f"passed, failed, error and skipped add up to {parts:,}, total says {totals.total:,}",
                    "restore the record from git",
                )
            if not _named(run, place):
                yield path, "arithmetic", "the names of its results are not as many as it counts", "restore the record from git"
            if totals.flaky > totals.passed:
                yield (
                    path,
                    "arithmetic",
                    f"{totals.flaky:,} flaky cases among {totals.passed:,} passed ones",
                    "restore the record from git",
                )
        for what, groups in (("categories", run.categories), ("sources", run.sources)):
            summed = sum_totals(group.totals for group in groups)
            if groups and summed != run.totals:
                yield (
                    ("runs", index, "totals"),
                    "arithmetic",
                    f"the totals say {_words(run.totals)}, its {what} add up to {_words(summed)}",
                    "restore the record from git",
                )


def _all_totals(run: Run) -> Iterator[tuple[Path, Totals]]:
    yield ("totals",), run.totals
    for what in ("categories", "journeys", "value", "sources"):
        for index, group in enumerate(getattr(run, what)):
            yield (what, index, "totals"), group.totals


def _named(run: Run, place: Path) -> bool:
    """Whether the names of a group, if it has any, are those of as many results as it counts."""
    group = getattr(run, str(place[0]))[place[1]] if place[0] in {"categories", "journeys", "value"} else None
    names = group.names if group is not None else None
    if group is None or names is None:
        return True
    passed, flaky, failing, skipped = (len(text) // 8 for text in (names.passed, names.flaky, names.failing, names.skipped))
    totals: Totals = group.totals
    return (passed + flaky, flaky, failing, skipped) == (totals.passed, totals.flaky, totals.failing, totals.skipped)


def _words(totals: Totals) -> str:
    return f"{totals.passed:,} passed, {totals.failing:,} failing and {totals.skipped:,} skipped of {totals.total:,}"


def _cases(worklog: Worklog) -> Iterator[Fault]:
    for index, run in enumerate(worklog.runs):
        listed = Counter(case.outcome for case in run.cases)
        if (listed["failed"], listed["error"]) != (run.totals.failed, run.totals.error):
            message = (
                f"{run.totals.failed:,} failed cases and {run.totals.error:,} errors are counted, "
                f"{listed['failed']:,} and {listed['error']:,} are listed"
            )
            yield ("runs", index, "cases"), "arithmetic", message, "restore the record from git"
        doubles = [name for name, count in Counter(case.id for case in run.cases).items() if count > 1]
        for name in doubles[:5]:
            yield (
                ("runs", index, "cases"),
                "identity",
                f"two cases have the id {name[:120]!r}",
                "restore the record from git",
            )
        if run.totals.flaky < len(run.flaky):
            yield (
                ("runs", index, "flaky"),
                "arithmetic",
                f"{len(run.flaky)} flaky cases are listed, {run.totals.flaky} are counted",
                "restore the record from git",
            )


def _clusters(worklog: Worklog) -> Iterator[Fault]:
    by_run = {run.id: {case.id for case in run.cases} for run in worklog.runs}
    everything = set().union(*by_run.values()) if by_run else set()
    clustered: set[str] = set()
    for index, cluster in enumerate(worklog.clusters):
        clustered.update(cluster.cases)
        unknown = [case for case in cluster.cases if case not in everything]
        if unknown:
            yield (
                ("clusters", index, "cases"),
                "evidence",
                f"cluster {cluster.id} names {len(unknown)} case(s) that no run holds, the first is {unknown[0][:120]!r}",
                "restore the record from git",
            )
        for run in cluster.runs:
            if run not in by_run:
                yield (
                    ("clusters", index, "runs"),
                    "evidence",
                    f"cluster {cluster.id} names the run {run!r}, which is not here",
                    "ingest its reports",
                )
    if worklog.runs:
        left_out = by_run[worklog.runs[-1].id] - clustered
        if left_out:
            yield (
                ("clusters",),
                "evidence",
                f"{len(left_out):,} failing case(s) of the last run are in no cluster, one is {min(left_out)[:120]!r}",
                "restore the record from git",
            )
    for name, count in Counter(cluster.id for cluster in worklog.clusters).items():
        if count > 1:
            yield ("clusters",), "identity", f"{count} clusters have the id {name!r}", "give each its own id"


def _times(worklog: Worklog) -> Iterator[Fault]:
    for index, run in enumerate(worklog.runs):
        if run.started_at and run.finished_at and run.finished_at < run.started_at:
            yield (
                ("runs", index, "finished_at"),
                "time",
                "the run ends before it starts",
                "check the clocks of the machines that ran it",
            )
        if run.seconds < 0 or run.untimed > run.totals.total:
            yield (
                ("runs", index, "untimed"),
                "arithmetic",
                f"{run.untimed:,} of {run.totals.total:,} cases are without a time",
                "restore the record from git",
            )
    if worklog.id[:10] != f"{worklog.opened_at:%Y-%m-%d}":
        yield (
            ("opened_at",),
            "time",
            f"the worklog was opened on {worklog.opened_at:%Y-%m-%d} (UTC), its id says {worklog.id[:10]}",
            "the id keeps the date of opening",
        )


def _places(worklog: Worklog) -> Iterator[Fault]:
    for index, fix in enumerate(worklog.fixes):
        for number, location in enumerate(fix.locations):
            if location.line is not None and not location.commit:
                yield (
                    ("fixes", index, "locations", number),
                    "location",
                    f"{location} has no commit; lines move, so nobody can look it up later",
                    "write it as path:line@commit",
                )


def _names(worklog: Worklog) -> Iterator[Fault]:
    """Investigations and whys go by their ids; what is said of the whys is for their own rules."""
    hint = "give each its own id"
    for name, count in Counter(part.id for part in worklog.investigations).items():
        if count > 1:
            yield ("investigations",), "identity", f"{count} investigations have the id {name[:80]!r}", hint
    for index, part in enumerate(worklog.investigations):
        for name, count in Counter(why.id for why in part.whys).items():
            if count > 1:
                yield ("investigations", index, "whys"), "identity", f"{count} whys have the id {name[:80]!r}", hint


def _derived(worklog: Worklog, settled: Worklog) -> Iterator[Fault]:
    """What follows from the rest must be what is written down."""
    yield from _verdicts(worklog, settled)
    if worklog.status != settled.status:
        yield (
            ("status",),
            "status",
            f"the status says {worklog.status!r}; what the worklog holds makes it {settled.status!r}",
            "a status is derived: deploy and run again, or render the worklog again",
        )
    for index, (said, true) in enumerate(zip(worklog.clusters, settled.clusters, strict=True)):
        if said.failing != true.failing:
            yield (
                ("clusters", index, "failing"),
                "status",
                f"cluster {said.id} is said {'still to fail' if said.failing else 'no longer to fail'}; the runs say otherwise",
                "whether a cluster fails is derived from the last run of its categories: render the worklog again",
            )
    yield from _value(worklog)
    yield from _journeys(worklog)


def _verdicts(worklog: Worklog, settled: Worklog) -> Iterator[Fault]:
    hint = "verdicts are derived: render the worklog again"
    for index, (said, true) in enumerate(zip(worklog.verdicts, settled.verdicts, strict=False)):
        if said != true:
            message = (
                f"{said.criterion.scope}: {said.criterion.text} is called {said.state} ({said.passed:,} of {said.executed:,}); "
                f"the runs say {true.state} ({true.passed:,} of {true.executed:,})"
            )
            yield ("verdicts", index), "criteria", message, hint
    if len(worklog.verdicts) != len(settled.verdicts):
        message = f"{len(settled.verdicts)} criteria are set, {len(worklog.verdicts)} are judged"
        yield ("verdicts",), "criteria", message, hint


def _value(worklog: Worklog) -> Iterator[Fault]:
    for index, group in enumerate(worklog.value):
        states = {item.state for item in group.items}
        true_state = "at risk" if "at risk" in states else "not proved" if "not proved" in states else "protected"
        if group.state != true_state:
            message = f"{group.name!r} is called {group.state}, its items make it {true_state}"
            yield ("value", index, "state"), "status", message, "the state of a group is derived from its items"
        for number, item in enumerate(group.items):
            proof = "at risk" if item.totals.failing else "protected" if item.totals.passed else "not proved"
            if item.state != proof:
                message = f"{item.name!r} is called {item.state}, its tests make it {proof}"
                yield ("value", index, "items", number), "status", message, "the state of an item is derived from its tests"


def _journeys(worklog: Worklog) -> Iterator[Fault]:
    for index, journey in enumerate(worklog.journeys):
        for number, step in enumerate(journey.steps):
            proof = "broken" if step.totals.failing else "works" if step.totals.passed else "not proved"
            if step.state != proof:
                message = f"step {step.name!r} is said to be {step.state}, its tests make it {proof}"
                yield ("journeys", index, "steps", number), "status", message, "the state of a step is derived from its tests"


def _texts(worklog: Worklog) -> Iterator[Fault]:
    for path, text in _strings(worklog.model_dump(mode="json"), ()):
        if repaired(text) is not None:
            yield (
                path,
                "encoding",
                f"text that was decoded wrongly: {text[:60]!r}",
                f"it should read {(repaired(text) or '')[:60]!r}",
            )
        if redact(text) != text:
            yield (
                path,
                "secret",
                "holds what looks like a secret",
                "take it out here and wherever it was published, and revoke it",
            )


def _strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    stack: list[tuple[Any, Path]] = [(value, path)]
    while stack:
        value, path = stack.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict):
            # Marks of cases are no text of anybody.
            stack.extend((item, (*path, key)) for key, item in value.items() if key not in {"names", "places"} or path[:1] != ("runs",))
        elif isinstance(value, list):
            stack.extend((item, (*path, index)) for index, item in enumerate(value))
