"""Check runs: only the token of an app may write them, as the one in GitHub Actions is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from rca.github.repository import Listing, Repository
from rca.github.request import Request
from rca.github.shapes import CheckRun

READ, WRITE = "checks: read", "checks: write"
BATCH = 50  # annotations that one request takes; the next ones are added by updates

Status = Literal["queued", "in_progress", "completed"]
Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]
Annotation = Mapping[str, Any]


def list_check_runs(repository: Repository, ref: str, *, name: str = "") -> Listing[CheckRun]:
    """The check runs of a commit or branch, the latest of each name."""
    parameters = {"filter": "latest"} | ({"check_name": name} if name else {})
    request = Request("GET", repository.path(f"/commits/{_part(ref)}/check-runs"), f"read the checks of {ref}", READ, parameters)
    return Listing(repository.sender, CheckRun, request, key="check_runs")


def create_check_run(
    repository: Repository,
    name: str,
    head_sha: str,
    output: Mapping[str, Any] | None = None,
    *,
    status: Status = "completed",
    conclusion: Conclusion | None = None,
    annotations: Sequence[Annotation] = (),
    external_id: str = "",
    details_url: str = "",
) -> CheckRun:
    """Write a check run on a commit, with as many requests as its annotations need; inside of `once`, found by its `external_id`.

    output: `title`, `summary` and `text`. conclusion: needed when the status is «completed».
    """
    content = {"name": name, "head_sha": head_sha, **_content(status, conclusion, output, annotations[:BATCH])}
    content |= {"external_id": external_id} if external_id else {}
    content |= {"details_url": details_url} if details_url else {}
    request = Request("POST", repository.path("/check-runs"), f"write the check {name!r} in {repository.name}", WRITE, body=content)
    check = repository.get(CheckRun, request)
    return _annotate(repository, check, output, annotations[BATCH:])


def update_check_run(
    repository: Repository,
    check: int,
    output: Mapping[str, Any] | None = None,
    *,
    name: str = "",
    status: Status | None = None,
    conclusion: Conclusion | None = None,
    annotations: Sequence[Annotation] = (),
) -> CheckRun:
    """Change a check run; annotations are added to those that it has.

    With annotations it is sent once: after an error that leaves it open, the count of the check says whether they are there.
    """
    content = _content(status, conclusion, output, annotations[:BATCH]) | ({"name": name} if name else {})
    changed = repository.get(CheckRun, _update(repository, check, content))
    return _annotate(repository, changed, output, annotations[BATCH:])


def _annotate(repository: Repository, check: CheckRun, output: Mapping[str, Any] | None, rest: Sequence[Annotation]) -> CheckRun:
    for start in range(0, len(rest), BATCH):
        content = _content(None, None, output, rest[start : start + BATCH])
        check = repository.get(CheckRun, _update(repository, check.id, content))
    return check


def _update(repository: Repository, check: int, content: Mapping[str, Any]) -> Request:
    # Sent twice, its annotations would be there twice.
    repeat = not content.get("output", {}).get("annotations")
    path, doing = repository.path(f"/check-runs/{check}"), f"change check {check} in {repository.name}"
    return Request("PATCH", path, doing, WRITE, body=content, repeat=repeat)


def _content(
    status: Status | None, conclusion: Conclusion | None, output: Mapping[str, Any] | None, annotations: Sequence[Annotation]
) -> dict[str, Any]:
    content: dict[str, Any] = {name: value for name, value in (("status", status), ("conclusion", conclusion)) if value}
    if output is not None:
        content["output"] = {**output, **({"annotations": [dict(each) for each in annotations]} if annotations else {})}
    return content


def _part(ref: str) -> str:
    return quote(ref, safe="")
