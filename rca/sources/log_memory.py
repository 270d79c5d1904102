"""What was found in logs, kept in a file from one command to the next, for as long as the logs read as they did."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from rca.errors import RcaError
from rca.files import read_plain, write_own
from rca.model import Problem
from rca.model.evidence import LogLine, LogLines, Resolved
from rca.sources.log_files import LogError, Mark, mark_of, reads_as_before
from rca.version import __version__

MOST_BYTES = 8 * 1024**2
SEEN = 500  # lines of a log that are remembered

_MADE_BY = f"rca {__version__}, logs 2"


@dataclass
class _Found:
    """What one search found: the key of the search, and the names of the logs."""

    key: str
    logs: list[str]
    lines: tuple[LogLine, ...]
    problems: tuple[Problem, ...]


@dataclass
class _Kept:
    """What the file holds. seen: excerpt, hash and text of lines, by their numbers, by the names of the logs."""

    made_by: str = _MADE_BY
    marks: dict[str, Mark] = field(default_factory=dict)
    seen: dict[str, dict[str, tuple[str, str, str]]] = field(default_factory=dict)
    found: _Found | None = None


@cache
def _shape() -> TypeAdapter[_Kept]:
    return TypeAdapter(_Kept)


class LogMemory:
    """Found lines of logs in a file, which may be damaged or deleted at any time: then the logs are read again.

    Logs are given by their names, with their paths. What is remembered of a log counts as long as `reads_as_before` says so. Of a
    log that is gone the lines that were found are still there to be offered, so that numbers of candidates stay what they were.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept = _Kept()
        with contextlib.suppress(OSError, ValueError, RecursionError):
            if path is not None and path.stat().st_size <= MOST_BYTES:
                kept = _shape().validate_json(read_plain(path))
                self._kept = kept if kept.made_by == _MADE_BY else self._kept

    def found(self, key: str, logs: Mapping[str, str]) -> LogLines | None:
        """What the search of that key found in these logs; None when it must be done again."""
        kept = self._kept.found
        if kept is None or kept.key != key or kept.logs != list(logs):
            return None
        if not all(self._holds(name, path) or not os.path.lexists(path) for name, path in logs.items()):
            return None
        return LogLines(kept.lines, kept.problems)

    def keep(self, key: str, logs: Mapping[str, str], found: LogLines) -> None:
        """Keep what a search found, in place of what another one did. The logs were marked before it."""
        self._kept.found = _Found(key, list(logs), found.lines, found.problems)
        self._add({line.ref: (line.excerpt, line.sha256, line.text) for line in found.lines}, logs)
        self._write()

    def seen(self, logs: Mapping[str, str]) -> dict[tuple[str, str], Resolved]:
        """Lines that were looked at and read as they did, as evidence names them."""
        holding = [name for name in self._kept.seen if name in logs and self._holds(name, logs[name])]
        refs = [(f"{name}:{number}", what) for name in holding for number, what in self._kept.seen[name].items()]
        return {("log", ref): Resolved("resolves", f"{ref} is there.", *what) for ref, what in refs}

    def add(self, found: Mapping[str, Resolved], logs: Mapping[str, str]) -> None:
        """Remember lines that were looked up just now, by their references. The logs were marked before."""
        if found and self._add({ref: (what.excerpt, what.sha256, what.said) for ref, what in found.items()}, logs):
            self._write()

    def mark(self, logs: Mapping[str, str]) -> None:
        """Note how logs are, before they are read; what was found in one that is another by now counts no more."""
        for name, path in logs.items():
            if not self._holds(name, path):
                self._kept.seen.pop(name, None)
                self._kept.found = None
            with contextlib.suppress(LogError):
                self._kept.marks[name] = mark_of(path)

    def _add(self, found: Mapping[str, tuple[str, str, str]], logs: Mapping[str, str]) -> bool:
        """Add lines of logs that read as they did when they were marked; whether one is new."""
        holding = {name for name, path in logs.items() if self._holds(name, path)}
        new = False
        for ref, what in found.items():
            name, _, number = ref.rpartition(":")
            lines = self._kept.seen.setdefault(name, {}) if name in holding else {}
            if name in holding and number not in lines and len(lines) < SEEN:
                lines[number] = what
                new = True
        return new

    def _holds(self, name: str, path: str) -> bool:
        return name in self._kept.marks and reads_as_before(path, self._kept.marks[name])

    def _write(self) -> None:
        """Store it where that can be done; a session works in a folder that cannot be written, too."""
        if self._path is not None:
            with contextlib.suppress(RcaError):
                write_own(self._path, _shape().dump_json(self._kept) + b"\n")
