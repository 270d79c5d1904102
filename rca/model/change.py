"""What version control says of a commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(slots=True)
class FileChange:
    """A file that a commit touched, its path from the top of the repository.

    old_path: where it was, when it was renamed or copied. scopes: names of the functions, classes or sections in which lines
    changed. ranges: the first and the last line of each stretch that it changed, as they are counted behind the commit; where
    lines were only taken away, the line before them. gained and lost: words of the lines that were added and of those that were
    taken away; a changed line has both.
    submodule: the path holds a commit of another repository.
    """

    path: str
    old_path: str = ""
    status: Literal["added", "modified", "deleted", "renamed", "copied", "other"] = "modified"
    added: int = 0
    deleted: int = 0
    scopes: tuple[str, ...] = ()
    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    submodule: bool = False
    ranges: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Commit:
    """A commit between a good and a bad run.

    files: those that it touched, against its parent; of a merge only those that differ from all of its parents, which is what
    the merge itself changed. files_known: False when this clone does not hold the parent or the files. left_out: files beyond
    those that are kept. reverts: hash of the commit that it takes back, as its message says.
    """

    sha: str
    at: datetime
    summary: str
    parents: tuple[str, ...] = ()
    files: list[FileChange] = field(default_factory=list)
    files_known: bool = True
    left_out: int = 0
    reverts: str = ""


@dataclass(slots=True)
class CommitRange:
    """The commits that were looked at, the newest first; `note` says which they are and what was missing or left out.

    complete: all commits between a good and a bad run are there. prefix: the project's folder, from the top of the
    repository, with a `/` at its end; empty at the top.
    """

    commits: list[Commit]
    note: str = ""
    complete: bool = False
    prefix: str = ""


@dataclass(slots=True)
class WorkTree:
    """What is checked out: its commit, and the files that differ from it, from the top of the repository.

    checked: False when the files could not be compared. lacks: it does not hold all of the commits that were asked for.
    """

    head: str
    uncommitted: tuple[str, ...] = ()
    checked: bool = True
    lacks: bool = False
