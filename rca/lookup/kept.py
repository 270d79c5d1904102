"""The issues that were read last: kept beside the history, so that later runs are matched to them without GitHub."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rca.files import write_own
from rca.model import IssuesRead, KnownIssue
from rca.sources.issues import IssuesError, gather, kept_path, read_document


@dataclass(frozen=True, slots=True)
class Kept:
    """Issues, and where and when they were read; None for a list that does not say. notes: what is missing, and why."""

    issues: list[KnownIssue]
    about: IssuesRead | None = None
    notes: tuple[str, ...] = ()


def keep_issues(folder: Path, kept: Kept) -> None:
    """Keep issues for later runs, in the shape of GitHub's API."""
    path = kept_path(folder)
    state_folder(folder)
    about = kept.about.model_dump(mode="json") if kept.about is not None else {}
    entries = ",\n".join(json.dumps(entry_of(issue), ensure_ascii=False) for issue in kept.issues)
    write_own(path, f'{{"read": {json.dumps(about, ensure_ascii=False)},\n"items": [\n{entries}\n]}}\n', durable=True)


def state_folder(folder: Path) -> Path:
    """The folder for what rca keeps of its own, which is not for git."""
    state = folder / ".rca"
    state.mkdir(parents=True, exist_ok=True)
    ignore = state / ".gitignore"
    if not ignore.exists():
        write_own(ignore, "*\n")
    return state


def entry_of(issue: KnownIssue) -> dict[str, Any]:
    """An issue in the shape of GitHub's API, with the pull requests that were looked up for it."""
    return {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": "open" if issue.open else "closed",
        "labels": [{"name": name} for name in issue.labels],
        "milestone": {"title": issue.milestone} if issue.milestone else None,
        "html_url": issue.url,
        "created_at": _text(issue.created_at),
        "closed_at": _text(issue.closed_at),
        "updated_at": _text(issue.updated_at),
        "author_association": "MEMBER" if issue.trusted else "NONE",
        "linked_pulls": [pull.model_dump() for pull in issue.pulls],
    }


def kept_issues(folder: Path) -> Kept | None:
    """The issues that were read last; None when none were. Raises IssuesError when the file is broken."""
    path = kept_path(folder)
    if not os.path.lexists(path):
        return None
    try:
        return _from_document(read_document(path), path)
    except IssuesError as error:
        raise IssuesError(error.message, "read them again with `rca issues`") from error


def _from_document(document: Any, path: Path) -> Kept:
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise IssuesError(f"{path}: should be a list of issues")
    return Kept(gather(((f"[{index}]", item) for index, item in enumerate(items)), str(path)), _about(document))


def _about(document: Any) -> IssuesRead | None:
    try:
        return IssuesRead.model_validate(document["read"]) if isinstance(document, dict) and document.get("read") else None
    except ValidationError:
        return None


def counted(issues: Sequence[KnownIssue], *, at: datetime, repo: str = "", asked: str = "", complete: bool = True) -> IssuesRead:
    """What is to be said of issues that were just read."""
    return IssuesRead(repo=repo, at=at, asked=asked, total=len(issues), open=sum(issue.open for issue in issues), complete=complete)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
