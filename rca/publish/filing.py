"""Carry out what is planned about issues: each thing once, whoever else does the same, and whatever answer gets lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rca.document.publish import Marker, issue, issue_update
from rca.github.comments import ISSUE, create_comment
from rca.github.connection import once
from rca.github.issues import create_issue, update_issue
from rca.github.shapes import Comment, Issue
from rca.model import Cluster
from rca.publish.issues import Desk, Step, filed_for, updates_on


@dataclass(frozen=True, slots=True)
class Templates:
    """A team's own templates."""

    issue: Path | None = None
    update: Path | None = None


OWN = Templates()


def carry_out(desk: Desk, step: Step, templates: Templates = OWN, *, settle: Callable[[], None] = lambda: None) -> Issue | None:
    """Do one step, and return the issue that is the cluster's then; None when there is none. Raises GitHubError."""
    if step.act == "file":
        return _file(desk, step.cluster, templates, settle)
    if step.issue is None or step.act == "leave":
        return step.issue
    if step.act == "duplicate":
        update_issue(desk.repository, step.issue.number, state="closed", reason="not_planned")
        return None
    found = step.issue
    if step.act == "reopen":
        found = update_issue(desk.repository, found.number, state="open")
    _tell(desk, step, templates)
    if step.act == "close":
        found = update_issue(desk.repository, found.number, state="closed", reason="completed")
    return found


def _file(desk: Desk, cluster: Cluster, templates: Templates, settle: Callable[[], None]) -> Issue:
    text = issue(desk.facts, cluster.id, desk.about, labels=desk.labels, template=templates.issue)

    def find() -> Issue | None:
        return next(iter(filed_for(desk, [cluster]).get(cluster.id, ())), None)

    filed, new = once(find, lambda: create_issue(desk.repository, text.title, text.body, labels=text.labels))
    if not new:
        return filed
    settle()
    first = find()
    if first is None or first.number >= filed.number:
        return filed
    # Another publisher was quicker: an issue cannot be deleted, so ours is closed.
    update_issue(desk.repository, filed.number, state="closed", reason="not_planned")
    return first


def _tell(desk: Desk, step: Step, templates: Templates) -> None:
    """Comment on an issue, once for each run."""
    number = step.issue.number if step.issue else 0
    body = issue_update(desk.facts, step.cluster.id, desk.about, again=step.act == "reopen", template=templates.update).text

    def find() -> tuple[Comment, Marker] | None:
        told = updates_on(desk, step.cluster, number)
        return next((each for each in told if each[1].fields.get("run") == desk.run), None)

    def create() -> tuple[Comment, Marker]:
        return create_comment(desk.repository, number, body, needs=ISSUE), Marker("")

    once(find, create)
