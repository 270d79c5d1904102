"""What the fake GitHub holds: repositories with their issues, comments and pull requests, in the shapes of the API."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.github.description import blank

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def sha(text: str) -> str:
    """A commit hash that is always the same for a text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class World:
    """All repositories, and the numbers and times that GitHub gives out."""

    base: str = "http://127.0.0.1"
    storage: str = "http://127.0.0.1"
    repos: dict[str, Repo] = field(default_factory=dict)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))
    moment: datetime = START

    def now(self) -> str:
        """A second later each time."""
        self.moment += timedelta(seconds=1)
        return stamp(self.moment)

    def repo(self, name: str, **options: Any) -> Repo:
        """A repository, made when it is new."""
        if name not in self.repos:
            self.repos[name] = Repo(self, name, **options)
        return self.repos[name]

    def user(self, login: str) -> dict[str, Any]:
        """An account."""
        number = int(sha(login)[:6], 16)
        kind = "Bot" if login.endswith("[bot]") else "User"
        shown = {"login": login, "id": number, "node_id": f"U_{number}", "type": kind, "html_url": f"{self.base}/{login}"}
        return {**blank("simple-user"), **shown, "url": f"{self.base}/users/{login}"}


def stamp(moment: datetime) -> str:
    """A time as GitHub writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class Repo:
    """A repository. Its objects are kept as the API gives them; comments of all issues lie together under their ids."""

    world: World
    name: str
    private: bool = False
    archived: bool = False
    has_issues: bool = True
    fork: bool = False
    permissions: dict[str, bool] = field(default_factory=lambda: {"admin": False, "push": True, "pull": True})
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    minimised: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    files: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    timelines: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    checks: dict[int, dict[str, Any]] = field(default_factory=dict)
    annotations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    deployments: dict[int, dict[str, Any]] = field(default_factory=dict)
    statuses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    commits: list[dict[str, Any]] = field(default_factory=list)
    releases: list[dict[str, Any]] = field(default_factory=list)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    attempts: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    artifacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    zips: dict[int, bytes] = field(default_factory=dict)

    @property
    def api(self) -> str:
        return f"{self.world.base}/repos/{self.name}"

    @property
    def web(self) -> str:
        return f"{self.world.base}/{self.name}"

    def new(self, kind: str, **facts: Any) -> dict[str, Any]:
        """An object with an id and the facts; whatever else its schema requires says nothing."""
        ident = next(self.world.ids)
        return {**blank(kind), "id": ident, "node_id": f"N_{ident}", **facts}

    def info(self, kind: str = "full-repository") -> dict[str, Any]:
        """The repository itself."""
        owner, _, short = self.name.partition("/")
        facts = {"full_name": self.name, "name": short, "owner": self.world.user(owner), "url": self.api, "html_url": self.web}
        whole = {"has_issues": self.has_issues, "archived": self.archived, "default_branch": "main", "permissions": self.permissions}
        more = {} if kind == "minimal-repository" else whole
        ident = int(sha(self.name)[:6], 16)
        return {**blank(kind), "id": ident, "private": self.private, "fork": self.fork, **facts, **more}

    def number(self) -> int:
        """The next number of an issue or a pull request."""
        return max([0, *self.issues]) + 1

    # -- issues and comments ----------------------------------------------------------------------------------------

    def issue(self, title: str, *, body: str | None = "", by: str = "ada", labels: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
        """File an issue."""
        number, now = more.pop("number", None) or self.number(), self.world.now()
        facts = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "state_reason": None,
            "user": self.world.user(by),
            "author_association": "MEMBER",
            "labels": [self.label(name) for name in labels],
            "assignees": [],
            "created_at": now,
            "updated_at": now,
            "url": f"{self.api}/issues/{number}",
            "html_url": f"{self.web}/issues/{number}",
            "repository_url": self.api,
        }
        self.issues[number] = self.new("issue", **{**facts, **more})
        return self.issues[number]

    def label(self, name: str) -> dict[str, Any]:
        """A label."""
        ident, url = int(sha(name)[:6], 16), f"{self.api}/labels/{name}"
        return {"id": ident, "node_id": f"LA_{ident}", "url": url, "name": name, "description": "", "color": "ededed", "default": False}

    def milestone(self, number: int, title: str) -> dict[str, Any]:
        """A milestone, to be given to issues."""
        return {**blank("milestone"), "number": number, "title": title, "id": number, "node_id": f"MI_{number}"}

    def comment(self, number: int, body: str, *, by: str = "ada", app: str = "", **more: Any) -> dict[str, Any]:
        """Comment on an issue or a pull request."""
        now, ident = self.world.now(), next(self.world.ids)
        facts = {
            "id": ident,
            "node_id": f"IC_{ident}",
            "url": f"{self.api}/issues/comments/{ident}",
            "html_url": f"{self.web}/issues/{number}#issuecomment-{ident}",
            "issue_url": f"{self.api}/issues/{number}",
            "user": self.world.user(by),
            "author_association": "MEMBER",
            "body": body,
            "created_at": now,
            "updated_at": now,
            "performed_via_github_app": self.app(app) if app else None,
        }
        self.comments[ident] = self.new("issue-comment", **{**facts, **more})
        self.issues[number]["comments"] += 1
        self.issues[number]["updated_at"] = now
        return self.comments[ident]

    def comments_on(self, number: int) -> list[dict[str, Any]]:
        """The comments on one of them, the oldest first."""
        return [comment for comment in self.comments.values() if comment["issue_url"] == f"{self.api}/issues/{number}"]

    def app(self, slug: str) -> dict[str, Any]:
        """An app."""
        url = f"{self.world.base}/apps/{slug}"
        facts = {"slug": slug, "name": slug, "owner": self.world.user("github"), "external_url": url, "html_url": url}
        return {**blank("integration"), "id": int(sha(slug)[:6], 16), "node_id": f"A_{slug}", **facts}

    def refer(self, issue: int, pull: dict[str, Any]) -> None:
        """Let a pull request mention an issue."""
        source = {**self.issues[pull["number"]], "repository": self.info("repository")}
        event = {
            "event": "cross-referenced",
            "created_at": self.world.now(),
            "updated_at": self.world.now(),
            "actor": self.world.user("ada"),
        }
        self.timelines.setdefault(issue, []).append({**event, "source": {"type": "issue", "issue": source}})

    # -- pull requests ----------------------------------------------------------------------------------------------

    def pull(
        self, title: str, *, branch: str = "feature", head: str = "", fork: str = "", base: str = "main", by: str = "ada", **more: Any
    ) -> dict[str, Any]:
        """Open a pull request from a branch, of a fork when one is named; its issue comes with it."""
        given = {"number": more.pop("number")} if "number" in more else {}
        link = dict.fromkeys(("diff_url", "html_url", "merged_at", "patch_url", "url"))
        issue = self.issue(title, by=by, pull_request=link, **given)
        link |= {"url": f"{self.api}/pulls/{issue['number']}", "html_url": f"{self.web}/pull/{issue['number']}"}
        number, home = issue["number"], Repo(self.world, fork, fork=True) if fork else self
        head = head or sha(f"{home.name} {branch} {number}")
        same = ("number", "title", "body", "user", "author_association", "labels", "assignees", "created_at", "updated_at")
        facts = {
            "state": "open",
            "draft": False,
            "head": self._end(home, branch, head),
            "base": self._end(self, base, sha(f"base {base}")),
            "merge_commit_sha": sha(f"merge {head}"),
            "html_url": f"{self.web}/pull/{number}",
            "url": f"{self.api}/pulls/{number}",
        }
        self.pulls[number] = {**blank("pull-request"), **{name: issue[name] for name in same}, "id": issue["id"], **facts, **more}
        issue["state"] = self.pulls[number]["state"]
        link["merged_at"] = self.pulls[number]["merged_at"]
        return self.pulls[number]

    def _end(self, home: Repo, branch: str, head: str) -> dict[str, Any]:
        owner = home.name.partition("/")[0]
        return {"label": f"{owner}:{branch}", "ref": branch, "sha": head, "user": self.world.user(owner), "repo": home.info("repository")}

    def file(self, number: int, path: str, status: str = "modified") -> None:
        """Let a pull request touch a file."""
        entry = {**blank("diff-entry"), "filename": path, "status": status, "additions": 1, "changes": 1, "sha": sha(path)}
        self.files.setdefault(number, []).append(entry)

    # -- deployments ------------------------------------------------------------------------------------------------

    def deploy(self, environment: str, head: str, state: str = "success", **more: Any) -> dict[str, Any]:
        """Deploy a commit to an environment, with the state that came of it."""
        now = self.world.now()
        facts = {"sha": head, "ref": "main", "task": "deploy", "environment": environment, "creator": self.world.user("ada"), "payload": {}}
        deployment = self.new("deployment", **{**facts, "created_at": now, "updated_at": now, **more})
        self.deployments[deployment["id"]] = deployment
        self.status(deployment, state)
        known = self.new("environment", name=environment, html_url=f"{self.web}/deployments/{environment}")
        self.environments.setdefault(environment, known)
        return deployment

    def status(self, deployment: dict[str, Any], state: str, **more: Any) -> None:
        """Say what became of a deployment."""
        now = self.world.now()
        facts = {"state": state, "creator": self.world.user("ada"), "created_at": now, "updated_at": now, "environment": "staging"}
        self.statuses.setdefault(deployment["id"], []).insert(0, self.new("deployment-status", **{**facts, **more}))

    def commit(self, message: str, *, by: str = "ada", head: str = "") -> dict[str, Any]:
        """Commit to the main branch."""
        head, who = head or sha(f"{message} {len(self.commits)}"), {"name": by, "email": f"{by}@example.org", "date": self.world.now()}
        tree = {"sha": sha(message), "url": f"{self.api}/git/trees/{sha(message)}"}
        inner = {
            "author": who,
            "committer": who,
            "message": message,
            "comment_count": 0,
            "tree": tree,
            "url": f"{self.api}/git/commits/{head}",
        }
        parents = [{"sha": self.commits[0]["sha"], "url": f"{self.api}/commits/{self.commits[0]['sha']}"}] if self.commits else []
        facts = {"sha": head, "commit": inner, "author": self.world.user(by), "committer": self.world.user(by), "parents": parents}
        self.commits.insert(0, {**blank("commit"), **facts, "html_url": f"{self.web}/commit/{head}"})
        return self.commits[0]

    def release(self, tag: str, **more: Any) -> dict[str, Any]:
        """Publish a release."""
        facts = {
            "tag_name": tag,
            "name": tag,
            "target_commitish": "main",
            "author": self.world.user("ada"),
            "published_at": self.world.now(),
        }
        self.releases.insert(0, self.new("release", **{**facts, "html_url": f"{self.web}/releases/tag/{tag}", **more}))
        return self.releases[0]

    # -- workflow runs ----------------------------------------------------------------------------------------------

    def run(self, head: str = "", *, branch: str = "main", fork: str = "", pulls: tuple[int, ...] = (), **more: Any) -> dict[str, Any]:
        """Run a workflow on a commit; for a fork it names no pull request."""
        now, head = self.world.now(), head or sha(branch)
        home = Repo(self.world, fork, fork=True) if fork else self
        run = self.new("workflow-run", name="tests", path=".github/workflows/tests.yml", event="push", status="completed")
        run |= {"conclusion": "failure", "head_sha": head, "head_branch": branch, "run_number": len(self.runs) + 1, "run_attempt": 1}
        run |= {"repository": self.info("minimal-repository"), "head_repository": home.info("minimal-repository"), "workflow_id": 77}
        run |= {"html_url": f"{self.web}/actions/runs/{run['id']}", "created_at": now, "updated_at": now, "run_started_at": now}
        run["pull_requests"] = [self._minimal(number) for number in pulls]
        self.runs[run["id"]] = {**run, **more}
        return self.runs[run["id"]]

    def rerun(self, run: dict[str, Any], **more: Any) -> None:
        """Run a workflow again: the run is that of its last attempt, those before it are kept."""
        self.attempts.setdefault(run["id"], {})[run["run_attempt"]] = dict(run)
        run.update({"run_attempt": run["run_attempt"] + 1, "run_started_at": self.world.now(), **more})

    def _minimal(self, number: int) -> dict[str, Any]:
        pull = self.pulls[number]
        ends = {
            end: {"ref": pull[end]["ref"], "sha": pull[end]["sha"], "repo": {"id": 1, "url": self.api, "name": self.name.partition("/")[2]}}
            for end in ("head", "base")
        }
        return {"id": pull["id"], "number": number, "url": pull["url"], **ends}

    def artifact(self, run: dict[str, Any], name: str, data: bytes, **more: Any) -> dict[str, Any]:
        """Leave an artifact behind, with the bytes of its zip."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        artifact = self.new("artifact", name=name, size_in_bytes=len(data), expired=False, created_at=self.world.now(), digest=digest)
        artifact["archive_download_url"] = f"{self.api}/actions/artifacts/{artifact['id']}/zip"
        artifact["workflow_run"] = {"id": run["id"], "head_sha": run["head_sha"], "head_branch": run["head_branch"]}
        self.artifacts[artifact["id"]] = {**artifact, **more}
        self.zips[artifact["id"]] = data
        return self.artifacts[artifact["id"]]
