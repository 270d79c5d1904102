"""What the fake GitHub holds: repositories with their issues, comments and pull requests, in the shapes of the API."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_USER_URLS = ["followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events"]
_REPO_URLS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]


def sha(text: str) -> str:
    """A commit hash that is always the same for a text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class World:
    """All repositories, and the numbers and times that GitHub gives out."""

    base: str = "http://127.0.0.1"
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
        api = f"{self.base}/users/{login}"
        return {
            "login": login,
            "id": number,
            "node_id": f"U_{number}",
            "avatar_url": f"{self.base}/avatars/{number}",
            "gravatar_id": "",
            "url": api,
            "html_url": f"{self.base}/{login}",
            **{f"{name}_url": f"{api}/{name}" for name in _USER_URLS},
            "type": "Bot" if login.endswith("[bot]") else "User",
            "site_admin": False,
        }


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
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    minimised: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def api(self) -> str:
        return f"{self.world.base}/repos/{self.name}"

    @property
    def web(self) -> str:
        return f"{self.world.base}/{self.name}"

    def number(self) -> int:
        """The next number of an issue or a pull request."""
        return max([0, *self.issues]) + 1

    def issue(self, title: str, *, body: str | None = "", by: str = "ada", labels: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
        """File an issue."""
        number, ident, now = more.pop("number", None) or self.number(), next(self.world.ids), self.world.now()
        issue = {
            "id": ident,
            "node_id": f"I_{ident}",
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "state_reason": None,
            "locked": False,
            "active_lock_reason": None,
            "user": self.world.user(by),
            "author_association": "MEMBER",
            "labels": [self.label(name) for name in labels],
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": 0,
            "created_at": now,
            "updated_at": now,
            "closed_at": None,
            "url": f"{self.api}/issues/{number}",
            "html_url": f"{self.web}/issues/{number}",
            "repository_url": self.api,
            **{f"{name}_url": f"{self.api}/issues/{number}/{name}" for name in ("comments", "events")},
            "labels_url": f"{self.api}/issues/{number}/labels{{/name}}",
            **more,
        }
        self.issues[number] = issue
        return issue

    def label(self, name: str) -> dict[str, Any]:
        """A label."""
        return {
            "id": int(sha(name)[:6], 16),
            "node_id": f"LA_{sha(name)[:6]}",
            "url": f"{self.api}/labels/{name}",
            "name": name,
            "description": None,
            "color": "ededed",
            "default": False,
        }

    def comment(self, number: int, body: str, *, by: str = "ada", app: str = "", **more: Any) -> dict[str, Any]:
        """Comment on an issue or a pull request."""
        ident, now = next(self.world.ids), self.world.now()
        comment = {
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
            **more,
        }
        self.comments[ident] = comment
        self.issues[number]["comments"] += 1
        self.issues[number]["updated_at"] = now
        return comment

    def comments_on(self, number: int) -> list[dict[str, Any]]:
        """The comments on one of them, the oldest first."""
        return [comment for comment in self.comments.values() if comment["issue_url"] == f"{self.api}/issues/{number}"]

    def app(self, slug: str) -> dict[str, Any]:
        """An app."""
        ident = int(sha(slug)[:6], 16)
        return {
            "id": ident,
            "slug": slug,
            "node_id": f"A_{ident}",
            "owner": self.world.user("github"),
            "name": slug,
            "description": None,
            "external_url": f"{self.world.base}/apps/{slug}",
            "html_url": f"{self.world.base}/apps/{slug}",
            "created_at": stamp(START),
            "updated_at": stamp(START),
            "permissions": {"checks": "write"},
            "events": [],
        }
