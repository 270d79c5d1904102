"""What a list of worklogs needs of each record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rca.archive.cached import Cached
from rca.errors import RecordError
from rca.model import Worklog


@dataclass(frozen=True, slots=True)
class Header:
    """The line of a worklog in a list; `error` says why its record cannot be read."""

    id: str
    title: str = ""
    status: str = ""
    focus: str = ""
    opened_at: str = ""
    passed: int = 0
    executed: int = 0
    clusters: int = 0
    error: str = ""


def header_of(record: Worklog) -> Header:
    """The header of a record that was read."""
    overall = next((v for v in record.verdicts if v.criterion.scope == "overall"), None)
    return Header(
        id=record.id,
        title=record.title,
        status=record.status,
        focus=record.focus,
        opened_at=record.opened_at.isoformat().replace("+00:00", "Z"),
        passed=overall.passed if overall else 0,
        executed=overall.executed if overall else 0,
        clusters=sum(cluster.failing for cluster in record.clusters),
    )


def read_headers(cache: Path, load: Callable[[str], Worklog], paths: dict[str, Path]) -> dict[str, Header]:
    """The header of every given record, by its id."""

    def read(worklog_id: str) -> tuple[Header, bool]:
        try:
            # The file's name counts, so that a link to it leads somewhere.
            return replace(header_of(load(worklog_id)), id=worklog_id), True
        except RecordError as error:
            return Header(id=worklog_id, error=error.message), False

    return Cached(cache, "headers 2", read, asdict, lambda value: Header(**value)).values(paths)
