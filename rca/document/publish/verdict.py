"""The first lines of every body: whether to act, what the criteria say, and what makes the figures doubtful."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rca.causes.standing import older
from rca.document.publish.about import About, State
from rca.document.publish.groups import Groups, Kind, cases_of, confidence_of
from rca.document.view.words import Facts
from rca.model import Cluster, CriterionResult
from rca.text import figures, github
from rca.text.safe import Md

UNMET_NAMED = 3
PROBLEMS_SHOWN = 3

_ELSEWHERE: dict[Kind, str] = {
    "before": "before",
    "known": "known",
    "flaky": "flaky",
    "quarantined": "quarantined",
    "muted": "muted",
}


@dataclass(frozen=True)
class Verdict:
    """Whether to act, in words and for programs."""

    state: State
    """Red when the criteria do not hold, green when they do, nothing when no test gave a result."""
    plain: str
    """The verdict as plain text on one line, of our own words and figures only."""
    criteria: Md
    """What the criteria say."""
    problems: tuple[Md, ...]
    """What makes these figures doubtful."""


def verdict(facts: Facts, groups: Groups, about: About) -> Verdict:
    """Compute the verdict."""
    state = state_of(facts)
    return Verdict(state, _plain(facts, groups, state), Md(" ".join(_criteria(facts))), tuple(_problems(facts, about)))


def state_of(facts: Facts) -> State:
    """Red when the criteria do not hold, green when they do, nothing when no test gave a result."""
    if not facts.totals.executed:
        return "nothing"
    states = {result.state for result in facts.worklog.verdicts}
    return "green" if states <= {"met"} and not facts.incomplete and (states or not facts.totals.failing) else "red"


def _plain(facts: Facts, groups: Groups, state: State) -> str:
    totals = facts.totals
    if facts.run is None:
        return "No test report was read: nothing is known of this commit."
    if not totals.total:
        return "No test ran: the reports hold no test case."
    if not totals.executed:
        return f"No test ran: {'the only one was' if totals.total == 1 else f'all {totals.total:,} were'} skipped."
    if facts.failing or totals.failing:
        return _failing(facts, groups)
    passed = f"All {figures.count(totals.executed, 'test')} passed" if totals.executed > 1 else "The only test passed"
    retried = f", {totals.flaky:,} only after a retry" if totals.flaky else ""
    said = f"{passed}{retried}{_but(facts)}."
    return said if state == "green" else f"Incomplete: {said[:1].lower()}{said[1:]}"


def _but(facts: Facts) -> str:
    """What a green run leaves open."""
    if facts.incomplete:
        return ", but not all reports could be read"
    if facts.missing:
        return f", but {figures.count(len(facts.missing), 'planned category', 'planned categories')} did not run"
    return ", but fewer ran than planned" if facts.short else ""


def _failing(facts: Facts, groups: Groups) -> str:
    broken, unknown = groups.by_kind["broken"], groups.by_kind["unknown"]
    count = cases_of(unknown)
    if (broken or unknown) and is_outage(facts):
        first = "this pull request" if groups.pull_request else "single tests"
        return (
            f"To look at: {_fail(cases_of(broken) + count)}, and most name something that cannot be reached; look at that before {first}."
        )
    if broken:
        return _broken(broken, groups)
    if unknown and groups.pull_request:
        return f"To look at: {_fail(count)}; whether this pull request broke {'it' if count == 1 else 'them'} is not known."
    if unknown:
        return f"To look at: {_fail(count)}, not known since when."
    return _there_before(facts, groups)


def is_outage(facts: Facts) -> bool:
    """Most of a run fails and says that something around the tests is down. That most fails alone is no sign: a slip of the pen does it."""
    return any(upstream.kind == "infrastructure" and upstream.confidence == "high" for upstream in facts.worklog.upstreams)


def is_unsure(groups: Groups) -> bool:
    """Whether of nothing that seems broken it is more than that."""
    return all(confidence_of(cluster, pull_request=groups.pull_request) == "low" for cluster in groups.by_kind["broken"])


def _broken(broken: tuple[Cluster, ...], groups: Groups) -> str:
    count = cases_of(broken)
    unsure = is_unsure(groups)
    causes = f", with {len(broken):,} different errors" if len(broken) > 1 else _same_error(count)
    if groups.pull_request:
        verb = "seems to break" if unsure else "breaks"
        unknown = cases_of(groups.by_kind["unknown"])
        more = f"; whether it broke {unknown:,} more is not known" if unknown else ""
        return f"Action needed: this pull request {verb} {figures.count(count, 'test')}{causes}{more}."
    verb = ("seems to fail" if unsure else "newly fails") if count == 1 else "seem to fail" if unsure else "newly fail"
    return f"Action needed: {figures.count(count, 'test')} {verb}{causes}."


def _same_error(count: int) -> str:
    return "" if count == 1 else f", {'both' if count == 2 else 'all'} with the same error"


def _there_before(facts: Facts, groups: Groups) -> str:
    parts = [(cases_of(groups.by_kind[kind]), word) for kind, word in _ELSEWHERE.items() if groups.by_kind[kind]]
    if groups.pull_request and groups.by_kind["before"]:
        base = groups.by_kind["before"][0].base
        parts[0] = (parts[0][0], f"on {github.plain(base.branch, 60)} too" if base else "before")
    total = sum(count for count, _ in parts) or facts.totals.failing
    head = "Not from this pull request" if groups.pull_request else "Nothing new"
    if len(parts) == 1:
        return f"{head}: {_alone(total, parts[0][1])}."
    words = figures.sentence_list([f"{count:,} {word}" for count, word in parts])
    return f"{head}: {_fail(total)}{f', {words}' if words else ''}."


def _alone(count: int, word: str) -> str:
    """What is said when all failures are of one kind: 2 flaky tests fail, 2 tests fail on main too."""
    if word == "known":
        return f"{_fail(count)} for a known reason"
    if word in {"flaky", "quarantined", "muted"}:
        return f"{figures.count(count, f'{word} test')} {'fails' if count == 1 else 'fail'}"
    return f"{_fail(count)} {word}{', too' if word == 'before' else ''}"


def _fail(count: int) -> str:
    return "1 test fails" if count == 1 else f"{count:,} tests fail"


def _criteria(facts: Facts) -> Iterator[str]:
    verdicts, totals = facts.worklog.verdicts, facts.totals
    if not totals.executed:
        if verdicts:
            yield "No criterion could be judged."
        return
    head = _headline(verdicts)
    if totals.failing:
        overall = facts.verdicts.get("overall")
        rate = figures.rate(totals.passed, totals.executed, overall.criterion.threshold if overall else None)
        asked = f", needed {overall.criterion.text}" if overall else ""
        head = f"{head}: {totals.passed:,} of {figures.count(totals.executed, 'test')} passed ({rate}{asked})"
    skipped = f" {totals.skipped:,} skipped." if totals.skipped else ""
    yield f"{head}.{skipped}"
    if facts.carried:
        yield f"{older(facts.carried)}."
    named = [result for result in verdicts if result.state == "unmet" and result.criterion.scope != "overall"]
    if named:
        parts = [_missed(result) for result in named[:UNMET_NAMED]]
        more = [f"{len(named) - UNMET_NAMED:,} more"] if len(named) > UNMET_NAMED else []
        yield f"Missed by {figures.sentence_list([*parts, *more])}."
    if facts.missing and totals.failing:
        yield f"{figures.count(len(facts.missing), 'planned category', 'planned categories')} did not run."


def _headline(verdicts: tuple[CriterionResult, ...]) -> str:
    states = {result.state for result in verdicts}
    if "unmet" in states:
        return "Criteria not met"
    if "not run" in states:
        return "Not all criteria could be judged"
    return "All criteria met" if states else "No criteria were set"


def _missed(result: CriterionResult) -> str:
    rate = figures.rate(result.passed, result.executed, result.criterion.threshold)
    return f"{github.prose(result.criterion.scope, 60)} ({rate}, needed {result.criterion.text})"


def _problems(facts: Facts, about: About) -> Iterator[Md]:
    if not facts.totals.total:
        yield Md("Either the tests did not run, or their reports are not where rca looked for them. Nobody should take this for a pass.")
    if facts.run is None:
        return
    if facts.incomplete:
        verb = "input was" if facts.incomplete == 1 else "inputs were"
        yield Md(f"{facts.incomplete:,} {verb} not read completely, so these figures may be too low.")
    serious = [problem for problem in facts.run.problems if problem.severity == "error"]
    for problem in serious[:PROBLEMS_SHOWN]:
        yield Md(f"{github.code(problem.place())}: {github.prose(problem.message)}")
    if len(serious) > PROBLEMS_SHOWN:
        yield Md(f"and {len(serious) - PROBLEMS_SHOWN:,} more, {about.rest}")
    for category, ran in facts.short[:PROBLEMS_SHOWN]:
        yield Md(f"{github.prose(category.name, 80)} ran {ran:,} of {category.planned or 0:,} planned tests.")
    if len(facts.short) > PROBLEMS_SHOWN:
        yield Md(f"{figures.count(len(facts.short) - PROBLEMS_SHOWN, 'more category', 'more categories')} ran fewer tests than planned.")
