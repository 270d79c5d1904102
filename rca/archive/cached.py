"""What is worked out from each record, kept from one command to the next so that a thousand records cost nothing."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from rca.errors import RecordError
from rca.files import read_plain, write_own
from rca.model import SCHEMA_VERSION
from rca.version import __version__

# A file that changed less than this before it was read may change again without its time stamps telling.
YOUNG = 2_000_000_000

T = TypeVar("T")
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Cached(Generic[T]):
    """A value for each record of an archive, taken from the cache as long as the record did not change.

    It is taken only when the record's size, times and inode are those at which it was read, and the record was not
    young then; everything else is read again. A cache that is damaged or of another version of rca counts for nothing,
    and may be deleted at any time.

    shape: names what the values look like. read: makes the value of a record, by its id, and says whether it may be
    kept. pack, unpack: to JSON and back; `unpack` raises ValueError, TypeError, KeyError or IndexError for damage.
    """

    cache: Path
    shape: str
    read: Callable[[str], tuple[T, bool]]
    pack: Callable[[T], Any]
    unpack: Callable[[Any], T]

    def values(self, paths: dict[str, Path]) -> dict[str, T]:
        """The value of every given record, by its id."""
        known = self._known()
        fresh: dict[str, tuple[Stamp, T]] = {}
        values: dict[str, T] = {}
        for worklog_id, path in paths.items():
            now = time.time_ns()
            stamp = _stamp(path)
            kept = known.get(worklog_id)
            value, lasting = (kept[1], True) if kept is not None and kept[0] == stamp else self.read(worklog_id)
            values[worklog_id] = value
            if lasting and stamp is not None and max(stamp[1], stamp[2]) < now - YOUNG:
                fresh[worklog_id] = (stamp, value)
        if fresh != known:
            self._keep(fresh)
        return values

    def _known(self) -> dict[str, tuple[Stamp, T]]:
        try:
            document = json.loads(read_plain(self.cache))
            if document["made_by"] != made_by(self.shape):
                return {}
            return {key: (_as_stamp(value[0]), self.unpack(value[1])) for key, value in document["values"].items()}
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            return {}

    def _keep(self, values: dict[str, tuple[Stamp, T]]) -> None:
        """Store the cache, where there is a folder for it; a command must work in a folder that cannot be written, too."""
        document = {"made_by": made_by(self.shape), "values": {key: [stamp, self.pack(value)] for key, (stamp, value) in values.items()}}
        if self.cache.parent.is_dir():
            with contextlib.suppress(RecordError):
                write_own(self.cache, json.dumps(document) + "\n")


def made_by(shape: str) -> str:
    """What a cache is good for: values of this shape, from records of this schema, made by this version."""
    return f"rca {__version__}, schema {SCHEMA_VERSION}, {shape}"


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
