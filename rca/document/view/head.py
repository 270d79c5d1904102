"""The head of a worklog: verdict, facts, what broke, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rca.causes.standing import older
from rca.document.view.investigation import hypothetical
from rca.document.view.past import causes, classes_in_words
from rca.document.view.words import Facts, NextStep, Table, money, reference
from rca.model import Cluster, Context, Investigation, Suspect
from rca.text import figures
from rca.text.clean import one_line
from rca.text.safe import Md, code, inline, link

TOP = 3


@dataclass(frozen=True)
class Head:
    """What a reader sees first."""

    title: Md
    date: str
    alert: str
    """The kind of GitHub alert that fits: CAUTION, WARNING, TIP or NOTE."""
    verdict: Md
    """The verdict in a few sentences, each figure of it derived."""
    facts: Table
    """Status, environment, times, commit, value at risk; what is not known is not listed."""
    summary: tuple[tuple[str, Md], ...]
    """What broke, what works, why, context: name and text."""
    steps: tuple[Md, ...]
    """What to do next."""
    footer: Md


def head(facts: Facts) -> Head:
    """Compute the head."""
    worklog = facts.worklog
    return Head(
        title=inline(worklog.title),
        date=f"{worklog.opened_at.astimezone(ZoneInfo(worklog.time_zone)):%Y-%m-%d}",
        alert=_alert(facts),
        verdict=Md(" ".join(part for part in _verdict(facts) if part)),
        facts=Table(("", ""), "ll", tuple(row for row in _rows(facts) if row[1])),
        summary=tuple(_summary(facts)),
        steps=tuple(_step(step) for step in facts.steps),
        footer=_footer(facts),
    )


def _alert(facts: Facts) -> str:
    if facts.worklog.status in {"passing", "verified"}:
        return "WARNING" if facts.incomplete else "TIP"
    if facts.totals.failing or facts.incomplete:
        return "CAUTION"
    return "WARNING" if facts.run else "NOTE"


def _verdict(facts: Facts) -> Iterator[str]:
    if facts.run is None:
        yield "**Nothing has run yet.**"
        return
    yield _headline([verdict.state for verdict in facts.worklog.verdicts])
    yield _passed(facts)
    if facts.carried:
        yield f"{older(facts.carried)}."
    yield _failed(facts)
    yield _infrastructure(facts)
    if facts.missing:
        yield f"{figures.count(len(facts.missing), 'planned category', 'planned categories')} did not run."
    if facts.incomplete:
        yield f"**{figures.count(facts.incomplete, 'input is', 'inputs are')} incomplete**, so these figures may be too low."


def _infrastructure(facts: Facts) -> str:
    sure = {upstream.confidence for upstream in facts.worklog.upstreams if upstream.kind == "infrastructure"}
    if not sure:
        return ""
    if sure == {"low"}:
        return "So many fail together that it may be the infrastructure."
    return "**Look at the infrastructure first:** so many fail together."


def _headline(states: Sequence[str]) -> str:
    if "unmet" in states:
        return "**Criteria not met.**"
    if "not run" in states:
        return "**Not all criteria could be judged.**" if "met" in states else "**No criterion could be judged.**"
    return "**All criteria met.**" if states else "**No criteria were set.**"


def _passed(facts: Facts) -> str:
    totals = facts.totals
    if not totals.total:
        return "The reports hold no test case."
    if not totals.executed:
        return f"All {figures.count(totals.total, 'case')} were skipped."
    overall = facts.verdicts.get("overall")
    rate = figures.rate(totals.passed, totals.executed, overall.criterion.threshold if overall else None)
    asked = f", needed {overall.criterion.text}" if overall else ""
    skipped = f", {totals.skipped:,} skipped" if totals.skipped else ""
    return f"{totals.passed:,} of {figures.count(totals.executed, 'case')} passed ({rate}{asked}){skipped}."


def _failed(facts: Facts) -> str:
    groups = len(facts.failing)
    if not groups:
        return ""
    words = classes_in_words(facts)
    classes = f": {words}" if words else ""
    if facts.totals.failing == 1:
        return f"There is 1 failure{classes}."
    parts = [f"{figures.count(facts.totals.failing, 'failure')} in **{figures.count(groups, 'cluster')}** of equal errors{classes}."]
    few = causes(facts)
    if few < groups:
        parts.append(f"They seem to have **{figures.count(few, 'cause')}**.")
    muted = sum(cluster.muted for cluster in facts.failing)
    if muted:
        parts.append(f"{figures.count(muted, 'cluster is', 'clusters are')} muted.")
    return " ".join(parts)


def _rows(facts: Facts) -> Iterator[tuple[str, Md | str]]:
    worklog = facts.worklog
    environment = worklog.environment
    place = (environment.name, environment.platform, environment.service) if environment else ()
    context = facts.run.context if facts.run else Context()
    yield "Status", worklog.status
    yield "Focus", worklog.focus
    yield "Environment", " · ".join(part for part in place if part)
    yield "Session", worklog.session
    yield "Objective", worklog.objective
    yield "Severity", worklog.severity
    yield "Opened", facts.moment(worklog.opened_at) + (f" by {worklog.author}" if worklog.author else "")
    yield "Commit", _commit(context, facts)
    yield "CI", _ci(context)
    yield "Pull request", reference(worklog.pull_request) or _pull(context, facts)
    yield "Before this", _previous(facts)
    yield "Value at risk", money([group.money for group in worklog.value if group.state == "at risk" and group.money])
    yield "To settle", worklog.need


def _commit(context: Context, facts: Facts) -> Md | str:
    if not context.commit:
        return ""
    branch = f" on {inline(context.branch)}" if context.branch else ""
    return Md(f"{facts.commit(context.commit)}{branch}")


def _pull(context: Context, facts: Facts) -> Md | str:
    if context.pull is None:
        return ""
    into = f" into {inline(context.base)}" if context.base else ""
    return Md(f"{link(f'#{context.pull}', facts.web.pull(str(context.pull)) if facts.web else '')}{into}")


def _ci(context: Context) -> Md | str:
    words = [context.ci, context.job, f"attempt {context.attempt}" if context.attempt else None]
    text = " · ".join(word for word in words if word)
    return link(text, context.url) if context.url and text else text


def _previous(facts: Facts) -> Md | str:
    before = facts.worklog.previous
    if before is None:
        return ""
    focus = f"{inline(before.focus)}, " if before.focus else ""
    rate = f": {figures.rate(before.passed, before.executed)} passed" if before.executed else ""
    return Md(f"{focus}{link(before.id, f'../{before.id[:4]}/{before.id}.md')}{rate}")


def _summary(facts: Facts) -> Iterator[tuple[str, Md]]:
    failing = facts.failing
    if failing:
        shown = [f"{code(one_line(c.title, 90))} ({_about(c)})" for c in failing[:TOP]]
        more = f" and {figures.count(len(failing) - TOP, 'more cluster')}" if len(failing) > TOP else ""
        yield "What broke", Md("; ".join(shown) + more + ".")
        green = [name for name, result in facts.standing.items() if result.totals.executed and not result.totals.failing]
        if green:
            yield "What works", Md(inline(figures.sentence_list(green)) + ".")
    suspected = [
        f"{_suspect(c.suspects[0], facts)} (cluster {inline(c.id[1:])}, score {c.suspects[0].score:.2f})" for c in failing if c.suspects
    ]
    if suspected:
        yield "Suspected", Md("; ".join(suspected[:TOP]) + ".")
    found = [_cause(part) for part in facts.worklog.investigations if part.root_cause]
    if found:
        yield "Why", Md(" ".join(found[:TOP]) + (f" And {figures.count(len(found) - TOP, 'more cause')}." if len(found) > TOP else ""))
    if facts.worklog.context:
        yield "Context", Md("; ".join(inline(text).rstrip(".") for text in facts.worklog.context) + ".")


def _cause(part: Investigation) -> str:
    """The root cause, and how sure it is: only a hypothesis, or judged by a run."""
    statement = inline(one_line(part.root_cause.statement, 300)) if part.root_cause else ""
    verdict = part.prediction.verdict if part.prediction else "not judged"
    sure = "a hypothesis so far" if hypothetical(part) else "" if verdict == "not judged" else f"its prediction was {verdict}"
    return f"{statement.rstrip('.')} ({sure})." if sure else statement


def _about(cluster: Cluster) -> str:
    """How many cases a cluster has, and what it is."""
    size = figures.count(len(cluster.cases), "case")
    if cluster.blocked_by:
        return f"{size}, blocked by cluster {inline(cluster.blocked_by[1:])}"
    return size if cluster.classification == "unknown" else f"{size}, {cluster.classification}"


def _suspect(suspect: Suspect, facts: Facts) -> str:
    return f"{facts.commit(suspect.commit)} {inline(one_line(suspect.summary, 80))}".rstrip()


def _step(step: NextStep) -> Md:
    subject = f": {code(one_line(step.subject, 120))}" if step.subject else ""
    command = f"{'; begin with' if subject else ':'} {code(step.command)}" if step.command else ""
    return Md(f"{inline(step.text)}{subject}{command}")


def _footer(facts: Facts) -> Md:
    worklog = facts.worklog
    data = f" · data: {link(f'{worklog.id}.json', f'{worklog.id}.json')}" if worklog.revision else ""
    return Md(f"{inline(worklog.generator)} · schema {worklog.schema_version} · {figures.count(len(worklog.runs), 'run')}{data}")
