"""Workflow runs and what they left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from rca.github.errors import GoneError
from rca.github.repository import Listing, Repository
from rca.github.request import File, Request
from rca.github.shapes import Artifact, WorkflowRun

READ = "actions: read"
MOST = 2 * 1024**3  # bytes of an artifact


def get_run(repository: Repository, run: int) -> WorkflowRun:
    """One run."""
    return repository.get(
        WorkflowRun, Request("GET", repository.path(f"/actions/runs/{run}"), f"read run {run} of {repository.name}", READ)
    )


def get_attempt(repository: Repository, run: int, attempt: int) -> WorkflowRun:
    """One attempt of a run, from 1."""
    path, doing = repository.path(f"/actions/runs/{run}/attempts/{attempt}"), f"read attempt {attempt} of run {run} of {repository.name}"
    return repository.get(WorkflowRun, Request("GET", path, doing, READ))


def list_runs(
    repository: Repository,
    *,
    workflow: str = "",
    branch: str = "",
    head_sha: str = "",
    event: str = "",
    status: str = "",
    limit: int | None = None,
) -> Listing[WorkflowRun]:
    """Runs, the newest first. workflow: its number or file, like `e2e.yml`. status: a status or a conclusion."""
    given = {"branch": branch, "head_sha": head_sha, "event": event, "status": status}
    path = f"/actions/workflows/{quote(workflow, safe='')}/runs" if workflow else "/actions/runs"
    parameters = {name: value for name, value in given.items() if value}
    request = Request("GET", repository.path(path), f"read the workflow runs of {repository.name}", READ, parameters)
    return Listing(repository.sender, WorkflowRun, request, key="workflow_runs", limit=limit)


def list_artifacts(repository: Repository, run: int, *, name: str = "") -> Listing[Artifact]:
    """What a run left behind; those that expired are among them."""
    path, doing = repository.path(f"/actions/runs/{run}/artifacts"), f"read the artifacts of run {run}"
    request = Request("GET", path, doing, READ, {"name": name} if name else {})
    return Listing(repository.sender, Artifact, request, key="artifacts")


def download_artifact(
    repository: Repository, artifact: Artifact, target: Path, *, most: int = MOST, progress: Callable[[int], None] | None = None
) -> int:
    """Download the zip of an artifact to a new file and return its size; after an error there is no file.

    most: bytes. progress: hears how many have come. Raises GoneError, TooLargeError and what a connection raises.
    """
    doing = f"download artifact {artifact.name!r} of {repository.name}"
    if artifact.expired:
        raise GoneError(f"cannot {doing}: it has expired", "run the workflow again, or keep artifacts longer (retention-days)")
    request = Request("GET", repository.path(f"/actions/artifacts/{artifact.id}/zip"), doing, READ)
    return repository.sender.download(request, File(target, most, artifact.digest, progress))
