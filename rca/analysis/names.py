"""Which cases a run held, told by short marks: so that a later run of some of them takes the place of these alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rca.analysis.recorder import NAMES_KEPT
from rca.causes.standing import class_mark, suite_mark
from rca.model import GroupResult, Names, Run
from rca.model.rows import Rows, lines_of, mark_of, packed

PLACES_KEPT = 20_000
PARENTS = 12

# The marks of results, by their category and outcome.
_Marks = dict[tuple[str, str], list[bytes]]


def with_names(run: Run, rows: Rows) -> Run:
    """The run with the marks of its cases; as it is when there are too many of them, or when they do not add up."""
    if run.totals.total > NAMES_KEPT:
        return run
    marks, places = _marks(run, rows)
    categories = [_named(result, {kind: packed(marks[result.name, kind]) for kind in Names.model_fields}) for result in run.categories]
    if any(result.names is None for result in categories):
        return run
    changes: dict[str, object] = {"categories": tuple(categories), "places": packed(places) if len(places) <= PLACES_KEPT else ""}
    for kind, part in (("journey", run.journeys), ("value", run.value)):
        told = [_named(step, {outcome: rows.steps.get((kind, step.name, outcome), "") for outcome in Names.model_fields}) for step in part]
        changes["journeys" if kind == "journey" else kind] = tuple(told)
    return run.model_copy(update=changes)


def _marks(run: Run, rows: Rows) -> tuple[_Marks, set[bytes]]:
    """The marks of all results, and those of the suites and classes in which they stand."""
    found: _Marks = defaultdict(list)
    where = {place: (suite, classname, rows.groups.get(int(group), "")) for place, group, suite, classname in lines_of(rows.places)}
    for place, status, _, name, *_ in lines_of(rows.lines):
        suite, classname, category = where[place]
        found[category, status].append(mark_of(suite, classname, name))
    for case in run.cases:
        found[case.category, "failing"].append(mark_of(case.suite, case.classname, case.name))
    known = {(suite, classname) for suite, classname, _ in where.values()}
    known |= {(case.suite, case.classname) for case in run.cases if case.scope == "case" and case.classname}
    return found, set(_places(known))


def _places(known: Iterable[tuple[str, str]]) -> Iterable[bytes]:
    """The marks of suites, and of classes with the modules around them."""
    for suite, classname in known:
        yield suite_mark(suite)
        parts = classname.split(".")[:PARENTS] if classname else []
        yield from (class_mark(".".join(parts[:count])) for count in range(1, len(parts) + 1))


def _named(result: GroupResult, marks: dict[str, str]) -> GroupResult:
    """A result with its marks, if they are as many as it counts."""
    passed, flaky, failing, skipped = (len(marks[kind]) // 8 for kind in ("passed", "flaky", "failing", "skipped"))
    totals = result.totals
    if (passed + flaky, flaky, failing, skipped) != (totals.passed, totals.flaky, totals.failing, totals.skipped):
        return result
    return result.model_copy(update={"names": Names(**marks)})
