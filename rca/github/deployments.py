"""What is deployed where, from which commits, and releases."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from rca.github.repository import Listing, Repository
from rca.github.request import Request
from rca.github.shapes import CommitShape, Comparison, Deployment, DeploymentStatus, EnvironmentShape, Release

DEPLOYMENTS, CONTENTS = "deployments: read", "contents: read"


def list_deployments(repository: Repository, *, environment: str = "", sha: str = "", limit: int | None = None) -> Listing[Deployment]:
    """Deployments, the newest first."""
    given = {"environment": environment, "sha": sha}
    parameters = {name: value for name, value in given.items() if value}
    request = Request("GET", repository.path("/deployments"), f"read the deployments of {repository.name}", DEPLOYMENTS, parameters)
    return Listing(repository.sender, Deployment, request, limit=limit)


def list_statuses(repository: Repository, deployment: int, *, limit: int | None = None) -> Listing[DeploymentStatus]:
    """What became of a deployment, the newest first."""
    path, doing = repository.path(f"/deployments/{deployment}/statuses"), f"read the statuses of deployment {deployment}"
    return Listing(repository.sender, DeploymentStatus, Request("GET", path, doing, DEPLOYMENTS), limit=limit)


def list_environments(repository: Repository) -> Listing[EnvironmentShape]:
    """The environments of a repository."""
    request = Request("GET", repository.path("/environments"), f"read the environments of {repository.name}", "actions: read")
    return Listing(repository.sender, EnvironmentShape, request, key="environments")


def list_commits(
    repository: Repository, *, ref: str = "", path: str = "", since: datetime | None = None, limit: int | None = None
) -> Listing[CommitShape]:
    """The commits of a branch or before a commit, the newest first. path: only those that touch it."""
    moment = since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if since else ""
    parameters = {name: value for name, value in {"sha": ref, "path": path, "since": moment}.items() if value}
    request = Request("GET", repository.path("/commits"), f"read the commits of {repository.name}", CONTENTS, parameters)
    return Listing(repository.sender, CommitShape, request, limit=limit)


def list_releases(repository: Repository, *, limit: int | None = None) -> Listing[Release]:
    """Releases, the newest first."""
    request = Request("GET", repository.path("/releases"), f"read the releases of {repository.name}", CONTENTS)
    return Listing(repository.sender, Release, request, limit=limit)


def contains(repository: Repository, commit: str, other: str) -> bool:
    """Whether a commit has another one behind it, or is it. Raises NotFoundError when one of them is not there."""
    path = repository.path(f"/compare/{quote(other, safe='')}...{quote(commit, safe='')}")
    request = Request("GET", path, f"compare two commits of {repository.name}", CONTENTS, {"per_page": "1"})
    return repository.get(Comparison, request).status in {"ahead", "identical"}
