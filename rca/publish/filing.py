"""Carry out what is planned about issues: each thing once, whoever else does the same, and whatever answer gets lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rca.document.publish import Marker, issue, issue_update, key_of
from rca.github.comments import ISSUE, create_comment, delete_comment
from rca.github.connection import once
from rca.github.errors import NotFoundError
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
    _tell(desk, step, templates, settle)
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


def _tell(desk: Desk, step: Step, templates: Templates, settle: Callable[[], None]) -> None:
    """Comment on an issue, once for each run."""
    number = step.issue.number if step.issue else 0
    told: list[tuple[Comment, Marker]] = []

    def of_this_run() -> list[tuple[Comment, Marker]]:
        told[:] = updates_on(desk, step.cluster, number)
        return sorted((each for each in told if each[1].fields.get("run") == desk.run), key=lambda each: each[0].id)

    def create() -> tuple[Comment, Marker]:
        again = step.act == "reopen" or (bool(told) and told[-1][1].fields.get("state") == "green")
        body = issue_update(desk.facts, step.cluster.id, desk.about, again=again, template=templates.update).text
        return create_comment(desk.repository, number, body, needs=ISSUE), Marker("")

    _, new = once(lambda: next(iter(of_this_run()), None), create)
    if not new:
        return
    settle()
    # Another publisher may have told it in the same moment: whoever looks, what is younger than the first is deleted.
    same = [comment for comment, mark in of_this_run() if mark.key == key_of(step.cluster.fingerprint)]
    for comment in same[1:]:
        with suppress(NotFoundError):
            delete_comment(desk.repository, comment.id, needs=ISSUE)
