"""Comments on issues and pull requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rca.github.errors import BadAnswerError
from rca.github.repository import Listing, Repository
from rca.github.request import GRAPHQL, Request
from rca.github.shapes import Comment

# Pull requests have the comments of issues; the token of a workflow needs the permission of what is commented on.
ISSUE, PULL = "issues: write", "pull-requests: write"
Reason = Literal["OUTDATED", "RESOLVED", "DUPLICATE", "OFF_TOPIC", "SPAM", "ABUSE"]
_MINIMISE = (
    "mutation($id: ID!, $reason: ReportedContentClassifiers!) "
    "{ minimizeComment(input: {subjectId: $id, classifier: $reason}) { minimizedComment { isMinimized } } }"
)


def list_comments(
    repository: Repository, number: int, *, cursor: str = "", progress: Callable[[int], None] | None = None
) -> Listing[Comment]:
    """The comments on an issue or a pull request, the oldest first."""
    request = Request(
        "GET", repository.path(f"/issues/{number}/comments"), f"read the comments on {repository.name}#{number}", "issues: read"
    )
    return Listing(repository.sender, Comment, request, cursor=cursor, progress=progress)


def create_comment(repository: Repository, number: int, body: str, *, needs: str = PULL) -> Comment:
    """Comment on an issue or a pull request; inside of `once`, since a lost answer leaves open whether it was written."""
    path, doing = repository.path(f"/issues/{number}/comments"), f"comment on {repository.name}#{number}"
    return repository.get(Comment, Request("POST", path, doing, needs, body={"body": body}))


def update_comment(repository: Repository, comment: int, body: str, *, needs: str = PULL) -> Comment:
    """Replace the text of a comment."""
    path, doing = repository.path(f"/issues/comments/{comment}"), f"change comment {comment} in {repository.name}"
    return repository.get(Comment, Request("PATCH", path, doing, needs, body={"body": body}))


def delete_comment(repository: Repository, comment: int, *, needs: str = PULL) -> None:
    """Delete a comment."""
    path, doing = repository.path(f"/issues/comments/{comment}"), f"delete comment {comment} in {repository.name}"
    repository.sender.send(Request("DELETE", path, doing, needs))


def minimise_comment(repository: Repository, node_id: str, reason: Reason = "OUTDATED", *, needs: str = PULL) -> None:
    """Fold a comment away, with the reason; `node_id` is that of the comment."""
    content = {"query": _MINIMISE, "variables": {"id": node_id, "reason": reason}}
    request = Request("POST", GRAPHQL, f"minimise a comment in {repository.name}", needs, body=content)
    data = repository.sender.send(request).data
    if not isinstance(data, dict) or not isinstance(data.get("data"), dict):
        raise BadAnswerError(f"cannot {request.doing}: GitHub does not say that it was done", "check GITHUB_API_URL", uncertain=True)
