"""Execution: what ran, how it came out, how long it took, what deserves a doubt, and from which reports all this is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rca.causes.deployed import differences
from rca.document.view.words import NOTHING, Facts, Fold, Table, money, needed, share
from rca.model import Case, CriterionResult, Problem, Totals
from rca.text import figures
from rca.text.clean import one_line
from rca.text.safe import Md, code, inline

LISTED = 50
PROBLEMS_SHOWN = 20
CARRIED_SHOWN = 8


@dataclass(frozen=True)
class JourneyView:
    """A journey with the share of its steps that work."""

    name: Md
    share: str
    steps: tuple[Md, ...]


@dataclass(frozen=True)
class Execution:
    """How the tests came out."""

    status: str
    times: Md
    """Start, wall time, sum of test times, unknown times, planned against run."""
    categories: Table
    problems: tuple[Md, ...]
    """Errors and warnings about the inputs."""
    remarks: tuple[Md, ...]
    """What ran on another commit than the one that was deployed; too few, too fast and flaky cases."""
    journeys: tuple[JourneyView, ...]
    value: Table | None
    value_sums: Md | None
    folds: tuple[Fold, ...]
    """Flaky cases, slowest cases, notes on the inputs, the reports with their hashes."""


def execution(facts: Facts) -> Execution:
    """Compute the execution part."""
    folds = (_flaky(facts), _slowest(facts), _notes(facts), _sources(facts))
    return Execution(
        status=_status(facts),
        times=_times(facts),
        categories=_categories(facts),
        problems=tuple(_problem(problem) for problem in _serious(facts)[:PROBLEMS_SHOWN]),
        remarks=tuple(_remarks(facts)),
        journeys=tuple(_journeys(facts)),
        value=_value(facts),
        value_sums=_value_sums(facts),
        folds=tuple(fold for fold in folds if fold is not None),
    )


def _status(facts: Facts) -> str:
    if facts.missing:
        return f"incomplete: {len(facts.missing):,} of {len(facts.worklog.plan.categories):,} categories did not run"
    if facts.short:
        return f"incomplete: {figures.count(len(facts.short), 'category', 'categories')} ran fewer cases than planned"
    if facts.incomplete:
        return "incomplete: not all reports could be read"
    return "complete" if facts.totals.executed else "incomplete: no case was executed"


def _times(facts: Facts) -> Md:
    text = " · ".join(_time_parts(facts))
    return Md(text[:1].upper() + text[1:])


def _time_parts(facts: Facts) -> Iterator[str]:
    run, total = facts.run, facts.totals.total
    if run is not None and run.started_at is not None:
        zone = f" (a report gives local times; {inline(facts.worklog.time_zone)} was assumed)" if run.zone_assumed else ""
        yield f"started {facts.moment(run.started_at)}, wall time {figures.duration(run.wall_seconds)}{zone}"
    untimed = sum(result.untimed for result in facts.standing.values())
    if total > untimed:
        yield f"tests took {figures.duration(sum(result.seconds for result in facts.standing.values()))}"
        if untimed:
            yield f"{figures.count(untimed, 'case')} without a time"
    elif total:
        yield "no case states its time"
    planned = sum(category.planned or 0 for category in facts.worklog.plan.categories)
    if planned:
        yield f"{total:,} of {figures.count(planned, 'planned case')} ran"


def _categories(facts: Facts) -> Table:
    planned = {category.name for category in facts.worklog.plan.categories}
    rows: list[tuple[object, ...]] = [
        _category_row(inline(name), result.totals, facts.verdicts.get(name))
        for name, result in facts.standing.items()
        if result.totals.total or name not in planned
    ]
    for category in facts.missing:
        if category.name not in facts.standing or not facts.standing[category.name].totals.total:
            verdict = needed(facts.verdicts.get(category.name))
            rows.append((inline(category.name), *[NOTHING] * 5, verdict, Md("**not run**")))
    rows.append(_category_row(Md("**All**"), facts.totals, facts.verdicts.get("overall")))
    head = ("category", "passed", "failed", "errors", "skipped", "rate", "needed", "verdict")
    return Table(head, "lrrrrrrl", tuple(rows)).compact(zeros=("errors", "skipped"))


def _category_row(name: Md, totals: Totals, verdict: CriterionResult | None) -> tuple[object, ...]:
    words = {"met": Md("met"), "unmet": Md("**not met**"), "not run": Md("**not run**")}
    rate = figures.rate(totals.passed, totals.executed, verdict.criterion.threshold if verdict else None)
    counts = (f"{totals.passed:,}", f"{totals.failed:,}", f"{totals.error:,}", f"{totals.skipped:,}")
    return (name, *counts, rate, needed(verdict), words[verdict.state] if verdict else NOTHING)


def _remarks(facts: Facts) -> Iterator[Md]:
    for difference in differences(facts.worklog):
        yield Md(f"**{inline(difference)}**")
    for category, ran in facts.short:
        yield Md(f"**{inline(category.name)}** ran {ran:,} of {category.planned:,} planned cases.")
    for part in facts.carried[:CARRIED_SHOWN]:
        yield Md(f"**{inline(part.name)}**: {part.text}.")
    if len(facts.carried) > CARRIED_SHOWN:
        yield Md(f"Of {figures.count(len(facts.carried) - CARRIED_SHOWN, 'more category', 'more categories')} only a part ran last.")
    for name, result in facts.standing.items():
        if result.too_fast_count:
            names = [str(code(fast.case.rsplit("::", 1)[-1])) for fast in result.too_fast]
            shown = f": {figures.sentence_list(names, 4)}" if result.too_fast_count == len(names) else ""
            yield Md(f"Looks too fast to be end to end: {figures.count(result.too_fast_count, 'case')} of {inline(name)}{shown}.")
    if facts.totals.flaky:
        yield Md(f"{figures.count(facts.totals.flaky, 'case')} passed only after a failed attempt (flaky).")


def _journeys(facts: Facts) -> Iterator[JourneyView]:
    for journey in facts.worklog.journeys:
        part = f"{journey.working} of {figures.count(len(journey.steps), 'step')} proved to work"
        if len(journey.steps) > 1:
            part += f" ({figures.rate(journey.working, len(journey.steps))})"
        steps = [Md(f"{inline(s.name)}: {'**broken**' if s.state == 'broken' else s.state}{share(s.totals)}") for s in journey.steps]
        yield JourneyView(inline(journey.name), part, tuple(steps))


def _value(facts: Facts) -> Table | None:
    rows: list[tuple[object, ...]] = []
    for group in facts.worklog.value:
        amount = money([group.money]) if group.money else NOTHING
        rows.append((Md(f"**{inline(group.name)}**"), Md(f"**{group.state}**"), amount, NOTHING, NOTHING))
        for item in group.items:
            before = f" (was {item.was})" if item.was else ""
            tests = share(item.totals).strip(" ()") or NOTHING
            rows.append((inline(item.name), f"{item.state}{before}", NOTHING, tests, item.depends_on or NOTHING))
    return Table(("value", "state", "worth", "tests", "depends on"), "lllll", tuple(rows)).compact() if rows else None


def _value_sums(facts: Facts) -> Md | None:
    parts = []
    for state in ("protected", "at risk", "not proved"):
        amount = money([group.money for group in facts.worklog.value if group.state == state and group.money])
        if amount:
            parts.append(f"{state.capitalize()}: {inline(amount)}.")
    return Md(" ".join(parts)) if parts else None


def _flaky(facts: Facts) -> Fold | None:
    cases = facts.run.flaky if facts.run else ()
    if not cases:
        return None
    lines = [f"- {code(case.id)}: {_attempts(case)}" for case in cases[:LISTED]]
    if len(cases) > LISTED:
        lines.append(f"- and {len(cases) - LISTED:,} more in the record")
    return Fold(figures.count(len(cases), "flaky case"), Md("\n".join(lines)))


def _attempts(case: Case) -> str:
    first = case.attempts[0] if case.attempts else None
    said = one_line(first.message or first.type or first.text, 120) if first else ""
    return figures.count(len(case.attempts), "failed attempt") + (f", the first with {code(said)}" if said else "")


def _slowest(facts: Facts) -> Fold | None:
    times = facts.run.slowest if facts.run else ()
    rows = tuple((code(slow.case), figures.duration(slow.seconds)) for slow in times)
    return Fold(f"Slowest {figures.count(len(rows), 'case')}", Table(("case", "time"), "lr", rows).md) if rows else None


def _serious(facts: Facts) -> list[Problem]:
    return [problem for problem in (facts.run.problems if facts.run else ()) if problem.severity != "note"]


def _notes(facts: Facts) -> Fold | None:
    notes = [problem for problem in (facts.run.problems if facts.run else ()) if problem.severity == "note"]
    found = [*_serious(facts)[PROBLEMS_SHOWN:], *notes]
    if not found:
        return None
    lines = [f"- {_problem(problem)}" for problem in found[:LISTED]]
    if len(found) > LISTED:
        lines.append(f"- and {len(found) - LISTED:,} more in the record")
    return Fold(f"{figures.count(len(found), 'note')} on the inputs", Md("\n".join(lines)))


def _problem(problem: Problem) -> Md:
    hint = f" *{inline(problem.hint[:1].upper() + problem.hint[1:])}.*" if problem.hint else ""
    word = {"error": "**Error**", "warning": "**Warning**", "note": "Note"}[problem.severity]
    return Md(f"{word} {code(problem.place())}: {inline(problem.message)}.{hint}")


def _sources(facts: Facts) -> Fold | None:
    sources = [source for run in facts.worklog.runs for source in run.sources]
    if not sources:
        return None
    rows = tuple(
        (code(source.path), source.producer, f"{source.totals.total:,}", code(source.sha256[:12]) if source.sha256 else NOTHING)
        for source in sources[:LISTED]
    )
    body = Table(("report", "written by", "cases", "sha256"), "llrl", rows).md
    if len(sources) > LISTED:
        body = Md(f"{body}\n\nand {len(sources) - LISTED:,} more in the record")
    return Fold(f"Evidence: {figures.count(len(sources), 'report')}", body)
