"""What the fake GitHub does for each request. A route names the permissions that GitHub would take for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.github.world import Repo, World

BODY = 65_536
NOT_FOUND = (404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"})


@dataclass
class Call:
    """A request that was let in. login, app: who asks."""

    world: World
    query: dict[str, str]
    body: dict[str, Any]
    login: str
    app: str
    repo: Repo | None = None


Reply = tuple[int, Any]


class Paged(list):
    """A list that is given out in pages; `key` when it stands in an object with its total."""

    def __init__(self, items: list[Any], key: str = "", *, cursor: bool = False) -> None:
        super().__init__(items)
        self.key = key
        self.cursor = cursor


@dataclass
class Route:
    verb: str
    pattern: re.Pattern[str]
    needs: str
    run: Callable[..., Reply]


ROUTES: list[Route] = []


def route(verb: str, path: str, needs: str = "") -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    """Register a route; `R` stands for a repository, `N` for a number. needs: `issues=write; pull_requests=write` are two ways."""
    pattern = re.compile(path.replace("R", r"/repos/(?P<repo>[^/]+/[^/]+)", 1).replace("N", r"(\d+)"))

    def register(run: Callable[..., Reply]) -> Callable[..., Reply]:
        ROUTES.append(Route(verb, pattern, needs, run))
        return run

    return register


def invalid(field_: str, message: str = "") -> Reply:
    """GitHub's answer to a body that it does not take."""
    error = {"resource": "Issue", "field": field_, "code": "custom" if message else "invalid"}
    return 422, {
        "message": "Validation Failed",
        "errors": [{**error, **({"message": message} if message else {})}],
        "documentation_url": "https://docs.github.com/rest",
        "status": "422",
    }


def refused(status: int, message: str) -> Reply:
    return status, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}


def _bad_body(text: Any) -> Reply | None:
    if not isinstance(text, str) or not text.strip():
        return invalid("body")
    if len(text) > BODY or len(text.encode()) > 4 * BODY:
        return invalid("body", f"body is too long (maximum is {BODY} characters)")
    return None


# -- issues ---------------------------------------------------------------------------------------------------------


def _wanted(issue: dict[str, Any], query: dict[str, str]) -> bool:
    labels = {label["name"] for label in issue["labels"]}
    wanted = set(filter(None, query.get("labels", "").split(",")))
    milestone = issue["milestone"]
    number = {"none": milestone is None, "*": milestone is not None, "": True}
    who = {somebody["login"] for somebody in issue["assignees"]}
    assignee = {"none": not who, "*": bool(who), "": True}
    return (
        query.get("state", "open") in {issue["state"], "all"}
        and wanted <= labels
        and issue["updated_at"] >= query.get("since", "")
        and number.get(query.get("milestone", ""), milestone is not None and str(milestone["number"]) == query.get("milestone"))
        and assignee.get(query.get("assignee", ""), query.get("assignee") in who)
    )


@route("GET", "R/issues", "issues=read")
def list_issues(call: Call) -> Reply:
    if not call.repo.has_issues:
        return refused(410, "Issues are disabled for this repo")
    found = [issue for issue in call.repo.issues.values() if _wanted(issue, call.query)]
    key = {"updated": "updated_at", "comments": "comments"}.get(call.query.get("sort", ""), "created_at")
    found.sort(key=lambda issue: (issue[key], issue["number"]), reverse=call.query.get("direction", "desc") == "desc")
    return 200, Paged(found, cursor=True)


@route("POST", "R/issues", "issues=write")
def create_issue(call: Call) -> Reply:
    if not call.repo.has_issues:
        return refused(410, "Issues are disabled for this repo")
    title, body = call.body.get("title"), call.body.get("body") or ""
    if not isinstance(title, str) or not title.strip() or len(title) > 256:
        return invalid("title", "title is too long (maximum is 256 characters)" if title else "")
    if body and (bad := _bad_body(body)):
        return bad
    labels = tuple(call.body.get("labels") or ())
    issue = call.repo.issue(title, body=body, by=call.login, labels=labels)
    issue["assignees"] = [call.world.user(login) for login in call.body.get("assignees") or ()]
    return 201, issue


@route("GET", "R/issues/N", "issues=read")
def get_issue(call: Call, number: str) -> Reply:
    issue = call.repo.issues.get(int(number))
    return (200, issue) if issue else NOT_FOUND


@route("PATCH", "R/issues/N", "issues=write; pull_requests=write")
def update_issue(call: Call, number: str) -> Reply:
    issue = call.repo.issues.get(int(number))
    if issue is None:
        return NOT_FOUND
    if call.body.get("body") and (bad := _bad_body(call.body["body"])):
        return bad
    if len(call.body.get("title") or "") > 256:
        return invalid("title", "title is too long (maximum is 256 characters)")
    issue |= {name: call.body[name] for name in ("title", "body", "state", "state_reason") if name in call.body}
    if "labels" in call.body:
        issue["labels"] = [call.repo.label(name) for name in call.body["labels"]]
    issue["updated_at"] = call.world.now()
    issue["closed_at"] = issue["updated_at"] if issue["state"] == "closed" else None
    return 200, issue


# -- comments -------------------------------------------------------------------------------------------------------


@route("GET", "R/issues/N/comments", "issues=read; pull_requests=read")
def list_comments(call: Call, number: str) -> Reply:
    if int(number) not in call.repo.issues:
        return NOT_FOUND
    return 200, Paged(call.repo.comments_on(int(number)))


@route("POST", "R/issues/N/comments", "issues=write; pull_requests=write")
def create_comment(call: Call, number: str) -> Reply:
    issue = call.repo.issues.get(int(number))
    if issue is None:
        return NOT_FOUND
    if issue["locked"]:
        return refused(403, "Unable to create comment because issue is locked.")
    if bad := _bad_body(call.body.get("body")):
        return bad
    return 201, call.repo.comment(int(number), call.body["body"], by=call.login, app=call.app)


@route("PATCH", "R/issues/comments/N", "issues=write; pull_requests=write")
def update_comment(call: Call, ident: str) -> Reply:
    comment = call.repo.comments.get(int(ident))
    if comment is None:
        return NOT_FOUND
    if bad := _bad_body(call.body.get("body")):
        return bad
    comment |= {"body": call.body["body"], "updated_at": call.world.now()}
    return 200, comment


@route("DELETE", "R/issues/comments/N", "issues=write; pull_requests=write")
def delete_comment(call: Call, ident: str) -> Reply:
    if call.repo.comments.pop(int(ident), None) is None:
        return NOT_FOUND
    return 204, None


@route("POST", "/graphql")
def graphql(call: Call) -> Reply:
    variables = call.body.get("variables") or {}
    node, reason = variables.get("id"), variables.get("reason")
    for repo in call.world.repos.values():
        if any(comment["node_id"] == node for comment in repo.comments.values()) and "minimizeComment" in call.body.get("query", ""):
            repo.minimised[node] = reason
            return 200, {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}}
    message = f"Could not resolve to a node with the global id of '{node}'"
    return 200, {"data": {"minimizeComment": None}, "errors": [{"type": "NOT_FOUND", "path": ["minimizeComment"], "message": message}]}
