"""Comments on issues and pull requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from rca.github.errors import BadAnswerError
from rca.github.repository import Listing, Repository
from rca.github.request import GRAPHQL, Request
from rca.github.shapes import Comment

# Pull requests have the comments of issues; the token of a workflow needs the permission of what is commented on.
ISSUE, PULL = "issues: write", "pull-requests: write"
Reason = Literal["OUTDATED", "RESOLVED", "DUPLICATE", "OFF_TOPIC", "SPAM", "ABUSE"]
NODES = 100  # that one query may ask for
_MINIMISED = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on IssueComment { isMinimized } } }"
_RESTORE = "mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { unminimizedComment { isMinimized } } }"
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
    _ask(repository, _MINIMISE, {"id": node_id, "reason": reason}, f"minimise a comment in {repository.name}", needs)


def restore_comment(repository: Repository, node_id: str, *, needs: str = PULL) -> None:
    """Show a comment again that was folded away."""
    _ask(repository, _RESTORE, {"id": node_id}, f"show a comment in {repository.name} again", needs)


def minimised(repository: Repository, node_ids: Sequence[str]) -> set[str]:
    """Those of these comments that are folded away."""
    found: set[str] = set()
    doing = f"ask which comments in {repository.name} are minimised"
    for start in range(0, len(node_ids), NODES):
        variables = {"ids": list(node_ids[start : start + NODES])}
        nodes = _ask(repository, _MINIMISED, variables, doing, "pull-requests: read", query=True).get("nodes")
        found.update(str(node.get("id")) for node in nodes or () if isinstance(node, dict) and node.get("isMinimized") is True)
    return found


def _ask(repository: Repository, text: str, variables: Mapping[str, Any], doing: str, needs: str, *, query: bool = False) -> dict[str, Any]:
    """What GraphQL answers to a query or a mutation."""
    request = Request("POST", GRAPHQL, doing, needs, body={"query": text, "variables": variables}, query=query)
    answer = repository.sender.send(request).data
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise BadAnswerError(f"cannot {doing}: GitHub does not say that it was done", "check GITHUB_API_URL", uncertain=not query)
    return data
