"""Pull requests: by number, by the commit at their head, and the one that an event is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rca.github.errors import NotFoundError
from rca.github.repository import Listing, Repository
from rca.github.request import Request
from rca.github.shapes import Pull, PullFile, TimelineEvent
from rca.sources.ci_event import Event

READ = "pull-requests: read"
SEARCHED = 300  # open pull requests that are looked through for a commit


def get_pull(repository: Repository, number: int) -> Pull:
    """One pull request."""
    return repository.get(Pull, Request("GET", repository.path(f"/pulls/{number}"), f"read pull request {repository.name}#{number}", READ))


def list_pulls(
    repository: Repository,
    *,
    state: Literal["open", "closed", "all"] = "open",
    base: str = "",
    head: str = "",
    limit: int | None = None,
    cursor: str = "",
    progress: Callable[[int], None] | None = None,
) -> Listing[Pull]:
    """Pull requests, the one updated last first. base: the branch that they go into. head: `owner:branch`."""
    parameters = {"state": state, "sort": "updated", "direction": "desc"}
    parameters |= {"base": base} if base else {}
    parameters |= {"head": head} if head else {}
    request = Request("GET", repository.path("/pulls"), f"read the pull requests of {repository.name}", READ, parameters)
    return Listing(repository.sender, Pull, request, limit=limit, cursor=cursor, progress=progress)


def list_files(repository: Repository, number: int) -> Listing[PullFile]:
    """The files that a pull request touches; GitHub gives at most 3,000."""
    path, doing = repository.path(f"/pulls/{number}/files"), f"read the files of pull request {repository.name}#{number}"
    return Listing(repository.sender, PullFile, Request("GET", path, doing, READ))


def merged_since(repository: Repository, since: datetime, *, base: str = "", limit: int = SEARCHED) -> list[Pull]:
    """The pull requests that were merged at that time or later, the one merged last first.

    limit: how many of those closed and updated last are looked at.
    """
    found = []
    for pull in list_pulls(repository, state="closed", base=base, limit=limit):
        if pull.updated_at is not None and pull.updated_at < since:
            break
        if pull.merged_at is not None and pull.merged_at >= since:
            found.append(pull)
    return sorted(found, key=lambda pull: (pull.merged_at or since, pull.number), reverse=True)


def linked_pulls(repository: Repository, issue: int, *, limit: int | None = None) -> list[TimelineEvent]:
    """The pull requests that refer to an issue, each once, in the order in which they did. limit: events that are looked through."""
    path, doing = repository.path(f"/issues/{issue}/timeline"), f"read what happened to {repository.name}#{issue}"
    found: dict[tuple[str, int], TimelineEvent] = {}
    for event in Listing(repository.sender, TimelineEvent, Request("GET", path, doing, "issues: read"), limit=limit):
        if event.event == "cross-referenced" and event.is_pull:
            found.setdefault((event.repository, event.number), event)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Head:
    """What is to be found at the head of a pull request. branch and repository narrow the search; either may be empty."""

    sha: str
    branch: str = ""
    repository: str = ""


def pulls_at(repository: Repository, head: Head) -> list[Pull]:
    """The open pull requests whose head is this commit, the lowest number first.

    A run of a workflow for a fork does not say for which it is: they are found by its branch, else among all that are open.
    """
    owner = head.repository.partition("/")[0]
    found = list(list_pulls(repository, head=f"{owner}:{head.branch}", limit=SEARCHED)) if owner and head.branch else []
    matching = _with_head(found, head)
    if not matching:
        matching = _with_head(list(list_pulls(repository, limit=SEARCHED)), head)
    return sorted(matching, key=lambda pull: pull.number)


def believed_pull(repository: Repository, number: int, head: Head) -> Pull | None:
    """The pull request of a number that somebody handed over, such as one in an artifact; None unless this commit is its head."""
    try:
        pull = get_pull(repository, number)
    except NotFoundError:
        return None
    return next(iter(_with_head([pull], head)), None)


def pulls_of(repository: Repository, event: Event, claimed: int | None = None) -> tuple[int, ...]:
    """The numbers of the pull requests that an event is about; mostly one, none when there is none.

    claimed: a number that came along with the reports. It is believed only when the commit of the event is at the head of that
    pull request, and counts only where GitHub itself names none.
    """
    if event.pulls:
        return event.pulls
    head = Head(event.head_sha, event.head_branch, event.head_repository)
    if not head.sha or event.name not in {"workflow_run", "push"}:
        return ()
    if claimed is not None and (pull := believed_pull(repository, claimed, head)) is not None:
        return (pull.number,)
    return tuple(pull.number for pull in pulls_at(repository, head))


def _with_head(pulls: list[Pull], head: Head) -> list[Pull]:
    """Those at the commit; of another repository than the one that is named, the same commit is another's pull request."""
    wanted = head.repository.lower()
    return [
        pull
        for pull in pulls
        if head.sha and pull.head_sha.lower() == head.sha.lower() and (not wanted or pull.head_repository.lower() in {wanted, ""})
    ]
