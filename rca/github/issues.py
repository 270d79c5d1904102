"""Issues: read, filed, changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from rca.github.repository import Listing, Repository
from rca.github.request import Request
from rca.github.shapes import Issue, Milestone, State
from rca.model import KnownIssue
from rca.sources.issues import is_trusted, storable

READ, WRITE = "issues: read", "issues: write"


def list_issues(
    repository: Repository,
    *,
    state: Literal["open", "closed", "all"] = "open",
    labels: Sequence[str] = (),
    since: datetime | None = None,
    milestone: str = "",
    assignee: str = "",
    creator: str = "",
    limit: int | None = None,
    cursor: str = "",
    etag: str = "",
    progress: Callable[[int], None] | None = None,
) -> Listing[Issue]:
    """The issues of a repository, the one updated last first, pull requests among them (`is_pull`).

    labels: all of them. since: updated then or later. milestone: its number, `*` or `none`. assignee: a login, `*` or `none`.
    creator: the login of who filed them.
    """
    parameters = {"state": state, "sort": "updated", "direction": "desc"}
    parameters |= {"labels": ",".join(labels)} if labels else {}
    parameters |= {"since": since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")} if since else {}
    parameters |= {"milestone": milestone} if milestone else {}
    parameters |= {"assignee": assignee} if assignee else {}
    parameters |= {"creator": creator} if creator else {}
    request = Request("GET", repository.path("/issues"), f"read the issues of {repository.name}", READ, parameters, etag=etag)
    return Listing(repository.sender, Issue, request, cursor=cursor, limit=limit, progress=progress)


def list_milestones(repository: Repository) -> Listing[Milestone]:
    """The milestones of a repository, closed ones too."""
    request = Request("GET", repository.path("/milestones"), f"read the milestones of {repository.name}", READ, {"state": "all"})
    return Listing(repository.sender, Milestone, request)


def search_issues(
    repository: Repository,
    text: str,
    *,
    limit: int | None = None,
    cursor: str = "",
    progress: Callable[[int], None] | None = None,
) -> Listing[Issue]:
    """The issues that a search finds, in GitHub's own words (`label:e2e is:open "connection refused"`); 1,000 at most.

    Whatever the text says, only issues of this repository are given out, and no pull requests.
    """
    parameters = {"q": f"repo:{repository.name} is:issue {text}", "sort": "updated", "order": "desc"}
    request = Request("GET", "/search/issues", f"search the issues of {repository.name}", READ, parameters)
    here = f"/repos/{repository.name}/".lower()

    def ours(issue: Issue) -> bool:
        return here in f"{issue.repository_url}/".lower() and not issue.is_pull

    return Listing(repository.sender, Issue, request, key="items", limit=limit, cursor=cursor, progress=progress, only=ours)


def known(issue: Issue) -> KnownIssue:
    """The same as a known issue of the worklog: cleaned, redacted and bounded."""
    return storable(
        KnownIssue(
            number=issue.number,
            title=issue.title,
            body=issue.body,
            open=issue.state == "open",
            labels=issue.labels,
            url=issue.url,
            created_at=issue.created_at,
            closed_at=issue.closed_at,
            updated_at=issue.updated_at,
            trusted=is_trusted(issue.association),
            milestone=issue.milestone.title if issue.milestone else "",
        )
    )


def get_issue(repository: Repository, number: int) -> Issue:
    """One issue."""
    return repository.get(Issue, Request("GET", repository.path(f"/issues/{number}"), f"read issue #{number} of {repository.name}", READ))


def create_issue(repository: Repository, title: str, body: str, *, labels: Sequence[str] = (), assignees: Sequence[str] = ()) -> Issue:
    """File an issue; inside of `once`, since a lost answer leaves open whether it was filed."""
    content = {"title": title, "body": body, "labels": list(labels), "assignees": list(assignees)}
    return repository.get(Issue, Request("POST", repository.path("/issues"), f"file an issue in {repository.name}", WRITE, body=content))


def update_issue(
    repository: Repository,
    number: int,
    *,
    title: str | None = None,
    body: str | None = None,
    state: State | None = None,
    reason: Literal["completed", "not_planned"] | None = None,
    labels: Sequence[str] | None = None,
) -> Issue:
    """Change what is given; `state="open"` opens a closed one again. reason: why it is closed."""
    given: dict[str, Any] = {"title": title, "body": body, "state": state, "labels": None if labels is None else list(labels)}
    given["state_reason"] = "reopened" if state == "open" else reason
    content = {name: value for name, value in given.items() if value is not None}
    request = Request("PATCH", repository.path(f"/issues/{number}"), f"change issue #{number} of {repository.name}", WRITE, body=content)
    return repository.get(Issue, request)
