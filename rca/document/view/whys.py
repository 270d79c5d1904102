"""Five whys, root cause and fix; deployment, actions and lessons."""

from __future__ import annotations

from dataclasses import dataclass

from rca.causes.deployed import fix_steps
from rca.document.view.investigation import InvestigationView, investigation_view
from rca.document.view.words import NOTHING, Facts, Table, reference
from rca.model import Action, Fix, Location, Validation, Worklog
from rca.text import figures
from rca.text.clean import shorten
from rca.text.refs import show_ref
from rca.text.safe import Md, code, fence, inline, link, with_hashes

SHOWN = 20
OUTPUT = 2_000
PLACES = 20
NOTE = 300


@dataclass(frozen=True)
class FixView:
    """A fix: what was changed, where, and what proves it."""

    title: str
    """«Fix», with the investigation when there are several."""
    summary: Md
    places: tuple[Md, ...]
    commits: tuple[Md, ...]
    pull_request: Md | str
    validation: Md | None
    output: Md | None
    compliance: tuple[Md, ...]


@dataclass(frozen=True)
class Whys:
    """Investigations and fixes."""

    title: str
    status: str
    investigations: tuple[InvestigationView, ...]
    more: Md | None
    """How many investigations more are in the record."""
    fixes: tuple[FixView, ...]

    def __bool__(self) -> bool:
        return bool(self.investigations or self.fixes)


@dataclass(frozen=True)
class DeploymentView:
    """The way of the fix to the environment, and what is still to be done."""

    title: str
    status: str
    steps: tuple[Md, ...]
    actions: Table | None
    open: str
    """How many of the actions are open."""
    lessons: tuple[Md, ...]
    contributing: tuple[Md, ...]
    related: tuple[Md, ...]

    def __bool__(self) -> bool:
        return bool(self.steps or self.actions)


def whys(facts: Facts) -> Whys:
    """Compute investigations and fixes."""
    worklog = facts.worklog
    parts = worklog.investigations
    shown = tuple(investigation_view(part, facts, alone=len(parts) == 1) for part in parts[:SHOWN])
    left = Md(f"{figures.count(len(parts) - SHOWN, 'more investigation')} in the record") if len(parts) > SHOWN else None
    title = " and fix" if worklog.fixes else ""
    return Whys(f"Five whys{title}" if parts else "Fix", _progress(worklog), shown, left, tuple(_fix(fix, facts) for fix in worklog.fixes))


def _progress(worklog: Worklog) -> str:
    """How far the search for the causes is, in a few words."""
    if any(part.finished_at is None for part in worklog.investigations):
        return "in progress"
    if not worklog.fixes:
        return "explained, no fix yet"
    if not worklog.investigations:
        return "recorded"
    verdicts = {part.prediction.verdict for part in worklog.investigations if part.prediction and part.prediction.turns_green}
    for verdict in ("refuted", "partly confirmed"):
        if verdict in verdicts:
            return f"fixed, prediction {verdict}"
    return "fixed, not yet judged by a run" if "not judged" in verdicts else "done"


def _fix(fix: Fix, facts: Facts) -> FixView:
    validation = fix.validation
    several = len(facts.worklog.investigations) > 1 and fix.investigation
    return FixView(
        title=f"Fix of {fix.investigation}" if several else "Fix",
        summary=inline(fix.summary),
        places=_places(fix, facts),
        commits=tuple(facts.commit(commit) for commit in fix.commits),
        pull_request=_pull_request(fix.pull_request, facts),
        validation=_validation(validation) if validation else None,
        output=fence(shorten(validation.output, OUTPUT)) if validation and validation.output else None,
        compliance=tuple(Md(f"{inline(c.name)}: {c.result}{f' ({inline(c.evidence)})' if c.evidence else ''}") for c in fix.compliance),
    )


def _pull_request(text: str, facts: Facts) -> Md | str:
    number = text[1:] if text.startswith("#") and text[1:].isdecimal() else ""
    return link(text, facts.web.pull(number)) if number and facts.web else reference(text)


def _places(fix: Fix, facts: Facts) -> tuple[Md, ...]:
    places = [_place(location, facts) for location in fix.locations[:PLACES]]
    if (more := len(fix.locations) - PLACES) > 0:
        places.append(Md(f"and {figures.count(more, 'more place')}"))
    if fix.files_left_out:
        places.append(Md(f"and {figures.count(fix.files_left_out, 'more file')}"))
    return tuple(places)


def _place(location: Location, facts: Facts) -> Md:
    return link(code(str(location)), facts.web.place(location)) if facts.web else code(str(location))


def _validation(validation: Validation) -> Md:
    how = validation.ended or (f"exit code {validation.exit_code}" if validation.exit_code else "")
    took = f" in {figures.duration(validation.seconds)}" if validation.seconds is not None else ""
    where = f" at {code(validation.commit[:12])}" if validation.commit else ""
    changed = f", with {figures.count(validation.uncommitted, 'file')} not committed" if validation.uncommitted else ""
    return Md(f"{code(validation.command)} {validation.verdict}{f' ({inline(how)})' if how else ''}{took}{where}{changed}")


def deployment(facts: Facts) -> DeploymentView:
    """Compute deployment, actions and lessons."""
    worklog = facts.worklog
    steps = []
    for step in fix_steps(worklog.deployments):
        at = f" at {facts.moment(step.at)}" if step.at else ""
        steps.append(Md(f"- [{'x' if step.state == 'done' else ' '}] {inline(step.name)}: {step.state}{at}"))
    left = sum(not action.done for action in worklog.actions)
    actions = f"{left:,} of {len(worklog.actions):,} open" if left else "all done"
    return DeploymentView(
        title="Deployment and validation" if steps else "Actions",
        status=_status(facts) if steps else actions,
        steps=tuple(steps),
        actions=_actions(facts),
        open=f"Actions: {actions}." if steps and worklog.actions else "",
        lessons=tuple(Md(f"{lesson.kind.capitalize()}: {with_hashes(lesson.text)}") for lesson in worklog.lessons),
        contributing=tuple(inline(text) for text in worklog.contributing_factors),
        related=tuple(inline(name) for name in worklog.related),
    )


def _status(facts: Facts) -> str:
    steps = fix_steps(facts.worklog.deployments)
    if facts.worklog.status == "verified":
        return "done"
    if any(step.state == "failed" for step in steps):
        return "failed"
    return "deployed, not verified by a run" if steps and all(step.state == "done" for step in steps) else "pending"


def _actions(facts: Facts) -> Table | None:
    several = len(facts.worklog.investigations) > 1
    rows = tuple(
        (
            f"{number}",
            with_hashes(action.text),
            action.owner or NOTHING,
            action.due.isoformat() if action.due else NOTHING,
            action.kind,
            _answers(action, several=several) or NOTHING,
            with_hashes(action.done_when) or NOTHING,
            reference(action.issue) or NOTHING,
            _state(action, facts),
        )
        for number, action in enumerate(facts.worklog.actions, 1)
    )
    head = ("", "action", "owner", "due", "kind", "answers", "done when", "issue", "state")
    return Table(head, "rllllllll", rows).compact() if rows else None


def _state(action: Action, facts: Facts) -> Md | str:
    """Whether an action is open or done; and when, by whom and with what note it was brought to that."""
    state = "done" if action.done else "open"
    last = action.history[-1] if action.history else None
    if last is None or last.done != action.done:
        return state
    when = f"{state if last.done else 'open again since'} {last.at.astimezone(facts.zone):%Y-%m-%d}"
    shown = ", ".join(show_ref(part) for part in last.evidence)
    told = (f"{when}, {last.author}" if last.author else when, shorten(last.note, NOTE), shown)
    return with_hashes(": ".join(filter(None, told)))


def _answers(action: Action, *, several: bool) -> str:
    """What an action answers, in words: a why, a cluster or a lesson."""
    cause = action.cause
    words = f"why {cause}" if cause[:1].isdecimal() else f"cluster {cause[1:]}" if cause[:1] == "c" and cause[1:].isdecimal() else cause
    return f"{action.investigation}: {words}" if several and action.investigation and words else words
