"""What the fake GitHub does for each request. A route names the permissions that GitHub would take for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.github.description import blank
from tests.github.world import Repo, World

BODY = 65_536
OUTPUT = 65_535
ANNOTATIONS = 50
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
        and query.get("creator", issue["user"]["login"]) == issue["user"]["login"]
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
    query, variables = call.body.get("query", ""), call.body.get("variables") or {}
    if "viewer" in query:
        return 200, {"data": {"viewer": {"login": call.login}}}
    if "nodes(" in query:
        return 200, {"data": {"nodes": [_node(call, node) for node in variables.get("ids", [])]}}
    node, mutation = variables.get("id"), "unminimizeComment" if "unminimizeComment" in query else "minimizeComment"
    repo = _repo_of(call, node)
    if repo is None:
        message = f"Could not resolve to a node with the global id of '{node}'"
        return 200, {"data": {mutation: None}, "errors": [{"type": "NOT_FOUND", "path": [mutation], "message": message}]}
    if mutation == "minimizeComment":
        repo.minimised[node] = variables.get("reason")
        return 200, {"data": {mutation: {"minimizedComment": {"isMinimized": True}}}}
    repo.minimised.pop(node, None)
    return 200, {"data": {mutation: {"unminimizedComment": {"isMinimized": False}}}}


def _repo_of(call: Call, node: Any) -> Repo | None:
    found = (repo for repo in call.world.repos.values() if any(comment["node_id"] == node for comment in repo.comments.values()))
    return next(found, None)


def _node(call: Call, node: str) -> dict[str, Any] | None:
    repo = _repo_of(call, node)
    return {"id": node, "isMinimized": node in repo.minimised} if repo else None


# -- who, what, search ----------------------------------------------------------------------------------------------


@route("GET", "/user")
def user(call: Call) -> Reply:
    if call.app:
        return refused(403, "Resource not accessible by integration")
    return 200, {**blank("public-user"), **call.world.user(call.login), "user_view_type": "public"}


@route("GET", "R", "metadata=read")
def repository(call: Call) -> Reply:
    return 200, call.repo.info()


@route("GET", "/search/issues", "issues=read; pull_requests=read")
def search(call: Call) -> Reply:
    words = call.query.get("q", "").split()
    wanted = {word.partition(":")[2] for word in words if word.startswith("repo:")}
    plain = [word.lower().strip('"') for word in words if ":" not in word]
    labels = {word.partition(":")[2].strip('"') for word in words if word.startswith("label:")}
    states = {word.partition(":")[2] for word in words if word.startswith("state:")}
    found = []
    for repo in call.world.repos.values():
        for issue in repo.issues.values() if repo.name in wanted else ():
            text = f"{issue['title']} {issue['body'] or ''}".lower()
            fits = all(word in text for word in plain) and labels <= {label["name"] for label in issue["labels"]}
            fits = fits and states <= {issue["state"]}
            if fits and ("is:issue" not in words or "pull_request" not in issue):
                found.append({**issue, "score": 1.0})
    found.sort(key=lambda issue: issue["updated_at"], reverse=True)
    return 200, Paged(found[:1_000], "items")


@route("GET", "R/milestones", "issues=read; pull_requests=read")
def list_milestones(call: Call) -> Reply:
    found = {issue["milestone"]["number"]: issue["milestone"] for issue in call.repo.issues.values() if issue["milestone"]}
    return 200, Paged([found[number] for number in sorted(found)])


@route("GET", "R/issues/N/timeline", "issues=read; pull_requests=read")
def timeline(call: Call, number: str) -> Reply:
    if int(number) not in call.repo.issues:
        return NOT_FOUND
    return 200, Paged(call.repo.timelines.get(int(number), []))


# -- pull requests --------------------------------------------------------------------------------------------------


def _simple(pull: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pull.items() if name in blank("pull-request-simple") or name in {"draft", "assignees"}}


@route("GET", "R/pulls", "pull_requests=read")
def list_pulls(call: Call) -> Reply:
    query = call.query
    found = [
        _simple(pull)
        for pull in call.repo.pulls.values()
        if query.get("state", "open") in {pull["state"], "all"}
        and query.get("base", pull["base"]["ref"]) == pull["base"]["ref"]
        and query.get("head", pull["head"]["label"]) == pull["head"]["label"]
    ]
    key = "updated_at" if query.get("sort") == "updated" else "created_at"
    found.sort(key=lambda pull: (pull[key], pull["number"]), reverse=query.get("direction", "desc") == "desc")
    return 200, Paged(found)


@route("GET", "R/pulls/N", "pull_requests=read")
def get_pull(call: Call, number: str) -> Reply:
    pull = call.repo.pulls.get(int(number))
    return (200, pull) if pull else NOT_FOUND


@route("GET", "R/pulls/N/files", "pull_requests=read")
def list_files(call: Call, number: str) -> Reply:
    return (200, Paged(call.repo.files.get(int(number), []))) if int(number) in call.repo.pulls else NOT_FOUND


# -- checks ---------------------------------------------------------------------------------------------------------


def _bad_check(call: Call) -> Reply | None:
    if not call.app:
        return refused(403, "You must authenticate via a GitHub App.")
    if call.body.get("status") == "completed" and not call.body.get("conclusion"):
        return invalid("conclusion", "is required when the status is completed")
    return _bad_output(call.body.get("name"), call.body.get("output") or {})


def _bad_output(name: str | None, output: dict[str, Any]) -> Reply | None:
    notes = output.get("annotations") or []
    if len(notes) > ANNOTATIONS:
        return refused(422, f"Invalid request.\n\nNo more than 50 items are allowed; {len(notes)} were supplied.")
    for key in ("summary", "text"):
        if len(output.get(key) or "") > OUTPUT:
            return invalid(key, f"Only {OUTPUT} characters are allowed; {len(output[key])} were supplied.")
    if any(len(note.get("message", "").encode()) > 65_536 or len(note.get("title") or "") > 255 for note in notes):
        return invalid("annotations", "is too long")
    texts = [name, output.get("title"), *(note.get(key) for note in notes for key in ("title", "message"))]
    if any(char > "\uffff" for text in texts for char in text or ""):
        return invalid("output", "Only Unicode characters in the Basic Multilingual Plane are allowed.")
    return None


def _show(call: Call, check: dict[str, Any]) -> None:
    output = call.body.get("output")
    if output:
        kept = call.repo.annotations.setdefault(check["id"], [])
        kept += output.get("annotations") or []
        check["output"] = {name: output.get(name) for name in ("title", "summary", "text")}
        check["output"] |= {"annotations_count": len(kept), "annotations_url": f"{call.repo.api}/check-runs/{check['id']}/annotations"}
    check |= {name: call.body[name] for name in ("name", "status", "conclusion", "external_id", "details_url") if name in call.body}
    if check["conclusion"]:
        check |= {"status": "completed", "completed_at": call.world.now()}


@route("POST", "R/check-runs", "checks=write")
def create_check(call: Call) -> Reply:
    if bad := _bad_check(call):
        return bad
    check = call.repo.new("check-run", head_sha=call.body["head_sha"], app=call.repo.app(call.app), status="queued", external_id="")
    check["output"] = {"title": None, "summary": None, "text": None, "annotations_count": 0, "annotations_url": call.repo.api}
    check["html_url"] = f"{call.repo.web}/runs/{check['id']}"
    call.repo.checks[check["id"]] = check
    _show(call, check)
    return 201, check


@route("PATCH", "R/check-runs/N", "checks=write")
def update_check(call: Call, ident: str) -> Reply:
    check = call.repo.checks.get(int(ident))
    if check is None:
        return NOT_FOUND
    if bad := _bad_check(call):
        return bad
    _show(call, check)
    return 200, check


@route("GET", "R/check-runs/N", "checks=read")
def get_check(call: Call, ident: str) -> Reply:
    check = call.repo.checks.get(int(ident))
    return (200, check) if check else NOT_FOUND


@route("GET", r"R/commits/([^/]+)/check-runs", "checks=read")
def list_checks(call: Call, ref: str) -> Reply:
    name = call.query.get("check_name")
    found = [check for check in call.repo.checks.values() if check["head_sha"] == ref and (not name or check["name"] == name)]
    if call.query.get("filter", "latest") == "latest":
        found = list({(check["name"], check["app"]["id"]): check for check in found}.values())
    return 200, Paged(found[::-1], "check_runs")


# -- deployments ----------------------------------------------------------------------------------------------------


@route("GET", "R/deployments", "deployments=read")
def list_deployments(call: Call) -> Reply:
    found = [
        deployment
        for deployment in call.repo.deployments.values()
        if all(call.query.get(name, deployment[name]) == deployment[name] for name in ("environment", "sha", "ref", "task"))
    ]
    return 200, Paged(found[::-1])


@route("GET", "R/deployments/N/statuses", "deployments=read")
def list_statuses(call: Call, ident: str) -> Reply:
    return (200, Paged(call.repo.statuses.get(int(ident), []))) if int(ident) in call.repo.deployments else NOT_FOUND


@route("GET", "R/environments", "actions=read")
def list_environments(call: Call) -> Reply:
    return 200, Paged(list(call.repo.environments.values()), "environments")


@route("GET", "R/commits", "contents=read")
def list_commits(call: Call) -> Reply:
    if not call.repo.commits:
        return refused(409, "Git Repository is empty.")
    start = call.query.get("sha", "main")
    known = [commit["sha"] for commit in call.repo.commits]
    begin = 0 if start == "main" else next((place for place, head in enumerate(known) if head.startswith(start)), -1)
    if begin < 0:
        return NOT_FOUND
    since = call.query.get("since", "")
    return 200, Paged([commit for commit in call.repo.commits[begin:] if commit["commit"]["committer"]["date"] >= since])


@route("GET", r"R/compare/([^/]+)\.\.\.([^/]+)", "contents=read")
def compare(call: Call, base: str, head: str) -> Reply:
    known = [commit["sha"] for commit in call.repo.commits]
    if base not in known or head not in known:
        return NOT_FOUND
    ahead = known.index(base) - known.index(head)
    status = "identical" if not ahead else "ahead" if ahead > 0 else "behind"
    commit = call.repo.commits[0]
    facts = {"status": status, "base_commit": commit, "merge_base_commit": commit, "commits": [], "files": []}
    return 200, {
        **blank("commit-comparison"),
        **facts,
        "ahead_by": max(0, ahead),
        "behind_by": max(0, -ahead),
        "total_commits": max(0, ahead),
    }


@route("GET", "R/releases", "contents=read")
def list_releases(call: Call) -> Reply:
    return 200, Paged(call.repo.releases)


# -- workflow runs --------------------------------------------------------------------------------------------------


def _runs(call: Call, found: list[dict[str, Any]]) -> Reply:
    query = call.query
    found = [
        run
        for run in found
        if query.get("branch", run["head_branch"]) == run["head_branch"]
        and query.get("head_sha", run["head_sha"]) == run["head_sha"]
        and query.get("event", run["event"]) == run["event"]
        and query.get("status", run["status"]) in {run["status"], run["conclusion"]}
    ]
    return 200, Paged(found[::-1], "workflow_runs")


@route("GET", "R/actions/runs", "actions=read")
def list_runs(call: Call) -> Reply:
    return _runs(call, list(call.repo.runs.values()))


@route("GET", r"R/actions/workflows/([^/]+)/runs", "actions=read")
def list_workflow_runs(call: Call, workflow: str) -> Reply:
    found = [run for run in call.repo.runs.values() if workflow in {str(run["workflow_id"]), run["path"].rpartition("/")[2]}]
    return _runs(call, found) if found else NOT_FOUND


@route("GET", "R/actions/runs/N", "actions=read")
def get_run(call: Call, ident: str) -> Reply:
    run = call.repo.runs.get(int(ident))
    return (200, run) if run else NOT_FOUND


@route("GET", "R/actions/runs/N/attempts/N", "actions=read")
def get_attempt(call: Call, ident: str, attempt: str) -> Reply:
    run = call.repo.runs.get(int(ident))
    known = {run["run_attempt"]: run, **call.repo.attempts.get(int(ident), {})} if run else {}
    return (200, known[int(attempt)]) if int(attempt) in known else NOT_FOUND


@route("GET", "R/actions/runs/N/artifacts", "actions=read")
def list_artifacts(call: Call, ident: str) -> Reply:
    if int(ident) not in call.repo.runs:
        return NOT_FOUND
    name = call.query.get("name")
    mine = [artifact for artifact in call.repo.artifacts.values() if artifact["workflow_run"]["id"] == int(ident)]
    return 200, Paged([artifact for artifact in mine if not name or artifact["name"] == name], "artifacts")


@route("GET", "R/actions/artifacts/N/zip", "actions=read")
def download(call: Call, ident: str) -> Reply:
    artifact = call.repo.artifacts.get(int(ident))
    if artifact is None:
        return NOT_FOUND
    if artifact["expired"]:
        return refused(410, "Artifact has expired")
    return 302, f"{call.world.storage}/{call.repo.name}/{ident}.zip?signature=s3cr3t-signature"
