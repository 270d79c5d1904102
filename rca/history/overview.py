"""What is in a store, in figures."""

from __future__ import annotations

from dataclasses import dataclass, field

from rca.history.facts import RunFacts
from rca.history.store import Snapshot, Store


@dataclass(slots=True)
class RepoOverview:
    """The runs of one repository. size: bytes of its files; months: those that have runs."""

    repo: str | None
    runs: int = 0
    cases: int = 0
    files: int = 0
    size: int = 0
    months: set[str] = field(default_factory=set)
    newest: RunFacts | None = None


def overview(store: Store) -> list[RepoOverview]:
    """All repositories of a store, in order of their names; none when there is no store."""
    if not store.exists():
        return []
    found = store.ask(None, lambda _connection, snapshot: _overviews(snapshot), all_repos=True)
    return sorted(found.values(), key=lambda repo: repo.repo or "")


def _overviews(snapshot: Snapshot) -> dict[str | None, RepoOverview]:
    found: dict[str | None, RepoOverview] = {}
    for run in snapshot.runs:
        repo = found.setdefault(run.repo, RepoOverview(run.repo))
        repo.runs += 1
        repo.cases += run.cases
        repo.newest = run
    for file in snapshot.files:
        repo = found[file.runs[0].repo]
        repo.files += 1
        repo.size += file.path.stat().st_size if file.path.exists() else 0
        repo.months.add(file.path.parent.name.removeprefix("month="))
    return found
