"""What version control says of a commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(slots=True)
class FileChange:
    """A file that a commit touched: `old_path` when it was renamed; the functions or sections that its hunks name."""

    path: str
    old_path: str = ""
    status: Literal["added", "modified", "deleted", "renamed", "copied", "other"] = "modified"
    added: int = 0
    deleted: int = 0
    scopes: tuple[str, ...] = ()


@dataclass(slots=True)
class Commit:
    """A commit between a good and a bad run, with the files that it touched (against its first parent)."""

    sha: str
    at: datetime
    summary: str
    parents: tuple[str, ...] = ()
    files: list[FileChange] = field(default_factory=list)


@dataclass(slots=True)
class CommitRange:
    """The commits that were looked at, the newest first; `note` says what was missing or left out."""

    commits: list[Commit]
    note: str = ""
