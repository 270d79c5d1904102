"""Assessment and plan: what is deployed, which issues are open, what was to run and what to watch for."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rca.document.view.words import NOTHING, Facts, Table, money, needed
from rca.model import Infrastructure, Issue, RecentFix, Risk
from rca.text import figures
from rca.text.clean import one_line
from rca.text.safe import Md, code, fence, inline, link

ISSUES_SHOWN = 20
PULLS_SHOWN = 3
RECENT_SHOWN = 20


@dataclass(frozen=True)
class Assessment:
    """What was known before the run."""

    services: Table | None
    recent_fixes: tuple[Md, ...]
    issues: Table | None
    issues_note: Md | None
    """Where the issues were read and when, how many there are, and how many of them are not in the table."""
    infrastructure: tuple[Md, ...]
    timeline: tuple[Md, ...]

    def __bool__(self) -> bool:
        return any((self.services, self.recent_fixes, self.issues, self.infrastructure, self.timeline))


@dataclass(frozen=True)
class PlanView:
    """What was to run."""

    categories: Table | None
    overall: Md | None
    """The criterion for the whole."""
    selection: tuple[Md, ...]
    risks: tuple[Md, ...]
    commands: Md | None
    """All commands as one block that can be copied."""
    status: str

    def __bool__(self) -> bool:
        return any((self.categories, self.selection, self.risks, self.commands))


def assessment(facts: Facts) -> Assessment:
    """Compute the assessment."""
    worklog = facts.worklog
    events = sorted(worklog.timeline, key=lambda event: event.at)
    return Assessment(
        services=_services(facts),
        recent_fixes=tuple(_recent(fix, facts) for fix in worklog.recent_fixes[:RECENT_SHOWN]),
        issues=_issues(facts),
        issues_note=_issues_note(facts),
        infrastructure=tuple(_infrastructure(worklog.infrastructure)) if worklog.infrastructure else (),
        timeline=tuple(Md(f"{facts.moment(event.at)}: {inline(event.text)}") for event in events),
    )


def _services(facts: Facts) -> Table | None:
    rows = tuple(
        (s.role, s.name or NOTHING, s.revision or NOTHING, facts.moment(s.deployed_at) if s.deployed_at else NOTHING, s.health or NOTHING)
        for s in facts.worklog.services
    )
    return Table(("service", "name", "version", "deployed", "health"), "lllll", rows).compact() if rows else None


def _recent(fix: RecentFix, facts: Facts) -> Md:
    ref = link(inline(fix.ref), fix.url) if fix.ref else ""
    at = f"{fix.at.astimezone(facts.zone):%Y-%m-%d}" if fix.at else ""
    state = "**not deployed**" if fix.deployed is False else ""
    about = ", ".join(filter(None, (ref, at, state)))
    return Md(f"{inline(fix.text)}{f' ({about})' if about else ''}")


def _issues(facts: Facts) -> Table | None:
    rows = tuple(
        (
            link(Md(f"#{issue.number}"), issue.url) if issue.url else f"#{issue.number}",
            issue.priority or NOTHING,
            issue.title,
            issue.state,
            f"{issue.created_at.astimezone(facts.zone):%Y-%m-%d}" if issue.created_at else NOTHING,
            ", ".join(issue.labels) or NOTHING,
            issue.milestone or NOTHING,
            _pulls(issue) or NOTHING,
            ", ".join(issue.clusters) or NOTHING,
        )
        for issue in facts.worklog.issues[:ISSUES_SHOWN]
    )
    head = ("issue", "priority", "title", "state", "opened", "labels", "milestone", "pull requests", "clusters")
    return Table(head, "l" * len(head), rows).compact() if rows else None


def _pulls(issue: Issue) -> Md:
    shown = [f"{link(inline(pull.ref), pull.url)} {pull.state}" for pull in issue.pulls[:PULLS_SHOWN]]
    more = len(issue.pulls) - PULLS_SHOWN
    return Md(", ".join([*shown, f"{more:,} more"] if more > 0 else shown))


def _issues_note(facts: Facts) -> Md | None:
    read, listed = facts.worklog.issues_read, facts.worklog.issues
    parts = []
    if read is not None and read.repo:
        ranked = Counter(issue.priority for issue in listed if issue.state == "open" and issue.priority)
        open_ones = f"{read.open:,} open" + (f" ({', '.join(f'{ranked[name]:,} {name}' for name in sorted(ranked))})" if ranked else "")
        asked = f", asked with {code(read.asked)}" if read.asked else ""
        rest = "" if read.complete else "; there may be more"
        parts.append(f"{inline(read.repo)} at {facts.moment(read.at)}: {figures.count(read.total, 'issue')}, {open_ones}{asked}{rest}.")
    if len(listed) > ISSUES_SHOWN:
        parts.append(f"The first {ISSUES_SHOWN} of {len(listed):,} that the record holds:")
    return Md(" ".join(parts)) if parts else None


def _infrastructure(seen: Infrastructure) -> Iterator[Md]:
    if seen.http_status:
        yield Md(f"HTTP status {seen.http_status}")
    for dependency in seen.dependencies:
        latency = f" in {dependency.latency_ms:g} ms" if dependency.latency_ms is not None else ""
        yield Md(f"{inline(dependency.name)}: {inline(dependency.state or 'answered')}{latency}")
    if seen.discovery:
        yield Md(f"Service discovery: {inline(seen.discovery)}")
    if seen.memory_mb:
        yield Md(f"Memory: {seen.memory_mb[0]:g} to {seen.memory_mb[1]:g} MB")


def plan(facts: Facts) -> PlanView:
    """Compute the plan."""
    overall = facts.verdicts.get("overall")
    return PlanView(
        categories=_categories(facts),
        overall=needed(overall) if overall else None,
        selection=tuple(code(path) for path in facts.worklog.plan.selection),
        risks=tuple(_risk(risk, facts) for risk in facts.worklog.plan.risks),
        commands=_commands(facts),
        status=_status(facts),
    )


def _status(facts: Facts) -> str:
    free = sum(category.name not in facts.verdicts for category in facts.worklog.plan.categories)
    return f"done, {figures.count(free, 'category', 'categories')} without a criterion" if free else "done"


def _categories(facts: Facts) -> Table | None:
    rows = []
    for number, category in enumerate(facts.worklog.plan.categories, 1):
        ran = facts.standing[category.name].totals.total if category.name in facts.standing else 0
        rows.append(
            (
                f"{number}",
                category.name,
                NOTHING if category.priority is None else f"P{category.priority}",
                needed(facts.verdicts.get(category.name)),
                NOTHING if category.planned is None else f"{category.planned:,}",
                f"{ran:,}" if ran else NOTHING,
                money([category.at_risk]) if category.at_risk else NOTHING,
                category.rationale or NOTHING,
            )
        )
    head = ("order", "category", "priority", "needed", "planned", "ran", "at risk", "why it is in the plan")
    return Table(head, "rllrrrll", tuple(rows)).compact() if rows else None


def _risk(risk: Risk, facts: Facts) -> Md:
    issues = f" ({', '.join(inline(f'#{number}') for number in risk.issues)})" if risk.issues else ""
    watch = f" · watching for {code(risk.watch)}: {_seen(risk, facts)}" if risk.watch else ""
    return Md(f"{inline(risk.text)}{issues}{watch}")


def _seen(risk: Risk, facts: Facts) -> str:
    failing = {cluster.id for cluster in facts.worklog.clusters if cluster.failing}
    now = [f"cluster {name[1:]}" for name in risk.seen_in if name in failing]
    if now:
        return f"**seen in {inline(figures.sentence_list(now))}**"
    if risk.seen_in:
        return f"was seen in {inline(figures.sentence_list([f'cluster {name[1:]}' for name in risk.seen_in]))}"
    return "not seen" if facts.run else "no run yet"


def _commands(facts: Facts) -> Md | None:
    lines: list[str] = []
    for command in facts.worklog.plan.commands:
        lines += [f"# {one_line(command.label)}", one_line(shlex.join(command.argv), 1_000)]
    for category in facts.worklog.plan.categories:
        if category.command:
            lines += [f"# {one_line(category.name)}", one_line(category.command, 1_000)]
    return fence("\n".join(lines), "bash") if lines else None
