"""Five whys, root cause and fix; deployment, actions and lessons."""

from __future__ import annotations

from dataclasses import dataclass

from rca.causes.deployed import fix_steps
from rca.document.view.words import NOTHING, Facts, Table, reference
from rca.model import Evidence, Fix, Investigation, Prediction, Validation
from rca.text import figures
from rca.text.clean import one_line, shorten
from rca.text.safe import Md, code, fence, inline

OUTPUT = 2_000
PLACES = 20


@dataclass(frozen=True)
class InvestigationView:
    """An investigation: its problem, the tree of whys as a nested list, cause and prediction."""

    problem: Md
    whys: Md
    cause: Md | None
    cause_facts: tuple[tuple[str, Md], ...]
    prediction: Md | None


@dataclass(frozen=True)
class FixView:
    """A fix: what was changed, where, and what proves it."""

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

    status: str
    investigations: tuple[InvestigationView, ...]
    fixes: tuple[FixView, ...]

    def __bool__(self) -> bool:
        return bool(self.investigations or self.fixes)


@dataclass(frozen=True)
class DeploymentView:
    """The way of the fix to the environment, and what is still to be done."""

    status: str
    steps: tuple[Md, ...]
    actions: Table | None
    lessons: tuple[Md, ...]
    contributing: tuple[Md, ...]
    related: tuple[Md, ...]

    def __bool__(self) -> bool:
        return bool(self.steps or self.actions)


def whys(facts: Facts) -> Whys:
    """Compute investigations and fixes."""
    worklog = facts.worklog
    status = "done" if worklog.fixes else "explained, no fix yet"
    if any(investigation.root_cause is None for investigation in worklog.investigations):
        status = "in progress"
    return Whys(status, tuple(_investigation(part) for part in worklog.investigations), tuple(_fix(fix) for fix in worklog.fixes))


def _investigation(investigation: Investigation) -> InvestigationView:
    depth: dict[str | None, int] = {None: -1}
    lines = []
    for why in investigation.whys:
        depth[why.id] = level = depth.get(why.parent, -1) + 1
        leg = "" if why.leg == "occurrence" else f" ({why.leg})"
        proof = "; ".join(_evidence(part) for part in why.evidence)
        text = f"**{inline(why.question)}**{leg} {inline(why.answer)} · *{why.status}*{f': {proof}' if proof else ''}"
        lines.append(f"{'   ' * level}- {inline(why.id)} {text}")
    cause = investigation.root_cause
    facts = [("Expected", cause.expected), ("Actual", cause.actual), ("Rule", cause.reference), ("Kind", cause.category)] if cause else []
    return InvestigationView(
        problem=inline(investigation.problem),
        whys=Md("\n".join(lines)),
        cause=inline(cause.statement) if cause else None,
        cause_facts=tuple((name, inline(text)) for name, text in facts if text),
        prediction=_prediction(investigation.prediction) if investigation.prediction else None,
    )


def _evidence(evidence: Evidence) -> str:
    return f"{evidence.kind} {code(evidence.ref)}" + (f" {inline(one_line(evidence.excerpt, 120))}" if evidence.excerpt else "")


def _prediction(prediction: Prediction) -> Md:
    text = f"the failure reads {code(one_line(prediction.failure_text, 200))}; " if prediction.failure_text else ""
    green = figures.count(len(prediction.turns_green), "case turns", "cases turn")
    return Md(f"{text}after the fix {green} green. *{prediction.verdict.capitalize()}.*")


def _fix(fix: Fix) -> FixView:
    validation = fix.validation
    return FixView(
        summary=inline(fix.summary),
        places=_places(fix),
        commits=tuple(code(commit[:12]) for commit in fix.commits),
        pull_request=reference(fix.pull_request),
        validation=_validation(validation) if validation else None,
        output=fence(shorten(validation.output, OUTPUT)) if validation and validation.output else None,
        compliance=tuple(Md(f"{inline(c.name)}: {c.result}{f' ({inline(c.evidence)})' if c.evidence else ''}") for c in fix.compliance),
    )


def _places(fix: Fix) -> tuple[Md, ...]:
    places = [code(str(location)) for location in fix.locations[:PLACES]]
    if (more := len(fix.locations) - PLACES) > 0:
        places.append(Md(f"and {figures.count(more, 'more place')}"))
    if fix.files_left_out:
        places.append(Md(f"and {figures.count(fix.files_left_out, 'more file')}"))
    return tuple(places)


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
    return DeploymentView(
        status=_status(facts),
        steps=tuple(steps),
        actions=_actions(facts),
        lessons=tuple(Md(f"{lesson.kind.capitalize()}: {inline(lesson.text)}") for lesson in worklog.lessons),
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
    rows = tuple(
        (
            f"{number}",
            action.text,
            action.owner or NOTHING,
            action.due.isoformat() if action.due else NOTHING,
            action.kind,
            action.done_when or NOTHING,
            "done" if action.done else "open",
        )
        for number, action in enumerate(facts.worklog.actions, 1)
    )
    return Table(("", "action", "owner", "due", "kind", "done when", "state"), "rllllll", rows) if rows else None
