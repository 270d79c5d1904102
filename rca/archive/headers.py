"""What a list of worklogs needs of each record, kept from one command to the next so that a thousand records cost nothing."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rca.archive.files import write_atomic
from rca.errors import RecordError
from rca.model import SCHEMA_VERSION, Worklog
from rca.version import __version__

# A file that changed less than this before it was read may change again without its time stamps telling.
YOUNG = 2_000_000_000
_MADE_BY = f"rca {__version__}, schema {SCHEMA_VERSION}, headers 1"

Stamp = tuple[int, int, int, int]


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


class Headers:
    """The headers of all records of an archive.

    A header is taken from the cache only when the record's size, times and inode are those at which it was read, and
    the record was not young then; everything else is read again. A cache that is damaged or of another version of
    rca counts for nothing.
    """

    def __init__(self, cache: Path, load: Callable[[str], Worklog]) -> None:
        self._cache = cache
        self._load = load

    def read(self, paths: dict[str, Path]) -> dict[str, Header]:
        """The header of every given record, by its id."""
        known = self._known()
        fresh: dict[str, tuple[Stamp, Header]] = {}
        headers: dict[str, Header] = {}
        for worklog_id, path in paths.items():
            now = time.time_ns()
            stamp = _stamp(path)
            kept = known.get(worklog_id)
            header = kept[1] if kept is not None and kept[0] == stamp else self._read(worklog_id)
            headers[worklog_id] = header
            if stamp is not None and max(stamp[1], stamp[2]) < now - YOUNG and not header.error:
                fresh[worklog_id] = (stamp, header)
        if fresh != known:
            self._keep(fresh)
        return headers

    def _read(self, worklog_id: str) -> Header:
        try:
            # The file's name counts, so that a link to it leads somewhere.
            return replace(header_of(self._load(worklog_id)), id=worklog_id)
        except RecordError as error:
            return Header(id=worklog_id, error=error.message)

    def _known(self) -> dict[str, tuple[Stamp, Header]]:
        try:
            document = json.loads(self._cache.read_bytes())
            if document["made_by"] != _MADE_BY:
                return {}
            return {key: (_as_stamp(value[0]), Header(**value[1])) for key, value in document["headers"].items()}
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            return {}

    def _keep(self, headers: dict[str, tuple[Stamp, Header]]) -> None:
        """Store the cache, where there is a folder for it; a list must work in a folder that cannot be written, too."""
        document: dict[str, Any] = {
            "made_by": _MADE_BY,
            "headers": {key: [stamp, asdict(header)] for key, (stamp, header) in headers.items()},
        }
        if self._cache.parent.is_dir():
            with contextlib.suppress(RecordError):
                write_atomic(self._cache, json.dumps(document) + "\n", durable=False)


def _as_stamp(values: Any) -> Stamp:
    size, modified, changed, inode = (int(value) for value in values)
    return size, modified, changed, inode


def _stamp(path: Path) -> Stamp | None:
    """What changes when a file does; None when it is not there."""
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino
