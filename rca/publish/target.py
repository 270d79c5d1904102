"""What is published speaks of one commit, and goes to one pull request: which these are, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rca.errors import RcaError
from rca.github.pulls import Head, believed_pull, get_pull, pulls_at
from rca.github.rehearsal import Rehearsal
from rca.github.repository import Repository
from rca.sources.ci_event import Event

NO_EVENT = Event("")
# These run the code of somebody else, with a token that may only read.
_UNTRUSTED = {"pull_request", "pull_request_review", "pull_request_review_comment"}
# Here the results may come from that code, and so may what a file beside them says of their commit.
_FOREIGN_RESULTS = {*_UNTRUSTED, "pull_request_target", "workflow_run"}


class TargetError(RcaError):
    """It is not known, or not believed, where something is to be published."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where something goes. pull: None when there is no pull request for it. head: the commit it speaks of. note: what is odd."""

    pull: int | None
    head: str = ""
    note: str = ""


def head_of(event: Event, tested: str, environment: Mapping[str, str]) -> str:
    """The commit that results speak of: that of the event, unless the tests say that they ran on yet another one.

    In a workflow for a pull request what is checked out is a merge that nobody ever sees; in one that follows another it says
    nothing about the results. In these two, what the tests say is not believed: by naming another commit they could choose the
    pull request that is commented on, or the commit that gets a check.
    """
    tested = tested.lower()
    checked_out = environment.get("GITHUB_SHA", "").lower()
    if event.head_sha and (event.name in _FOREIGN_RESULTS or tested in {"", event.head_sha, checked_out}):
        return event.head_sha
    return tested


def is_read_only(event: Event, environment: Mapping[str, str]) -> bool:
    """Whether the token may only read, whatever the workflow asks for: for forks, and for what Dependabot proposes."""
    return event.read_only or (event.name in _UNTRUSTED and environment.get("GITHUB_ACTOR") == "dependabot[bot]")


def find_target(repository: Repository, event: Event = NO_EVENT, *, pull: int | None = None, head: str = "") -> Target:
    """The pull request that is meant.

    pull: the number that somebody gives. In a workflow that follows another one it may come from an artifact, which a stranger's
    code has written: it is believed only when the tested commit is its head. head: the commit that results speak of. Raises
    TargetError when the number is not believed, and when nothing says which one is meant.
    """
    if pull is not None:
        return _given(repository, event, pull, head)
    if event.pulls:
        return _known(repository, event, event.pulls[0], head)
    if not head:
        message = "it is not known which pull request is meant: no event names one, and the commit of the run is not known"
        raise TargetError(message, "name it with --pr NUMBER")
    if is_offline(repository):
        raise TargetError(f"which pull request has {head[:12]} at its head would have to be asked", "name it with --pr NUMBER")
    return _at_head(repository, event, head)


def is_offline(repository: Repository) -> bool:
    """Whether nothing can be asked."""
    return isinstance(repository.sender, Rehearsal) and repository.sender.offline


def _given(repository: Repository, event: Event, pull: int, head: str) -> Target:
    if event.name != "workflow_run" or is_offline(repository):
        return _known(repository, event, pull, head)
    found = believed_pull(repository, pull, Head(event.head_sha, event.head_branch, event.head_repository))
    if found is None:
        raise TargetError(
            f"{repository.name}#{pull} is not what the workflow ran for: its head is not {event.head_sha[:12] or 'known'}",
            "leave out --pr: it is found by the commit; a number out of an artifact may be anybody's, or have a new commit by now",
        )
    return Target(found.number, head)


def _known(repository: Repository, event: Event, pull: int, head: str) -> Target:
    """A pull request that is believed; unless the event names it, there must be one of that number, and not only an issue."""
    if pull not in event.pulls and not is_offline(repository):
        get_pull(repository, pull)
    return Target(pull, head)


def _at_head(repository: Repository, event: Event, head: str) -> Target:
    same = head == event.head_sha
    found = pulls_at(repository, Head(head, event.head_branch, event.head_repository) if same else Head(head))
    if not found:
        return Target(None, head, note=f"no open pull request of {repository.name} has {head[:12]} at its head")
    others = ", ".join(f"#{pull.number}" for pull in found[1:6])
    note = f"{others} {'has' if len(found) == 2 else 'have'} {head[:12]} at the head too; --pr chooses" if others else ""
    return Target(found[0].number, head, note)
