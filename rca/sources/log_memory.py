"""What was found in logs, kept in a file from one command to the next, for as long as the logs read as they did."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rca.errors import RcaError
from rca.files import write_atomic
from rca.model import Problem
from rca.model.evidence import LogLine, LogLines, Resolved
from rca.sources.log_files import LogError, Mark, mark_of, reads_as_before
from rca.text.clean import one_line
from rca.version import __version__

MOST_BYTES = 8 * 1024**2
SEEN = 500  # lines of a log that are remembered
SAID = 300

_MADE_BY = f"rca {__version__}, logs 1"


@dataclass
class LogMemory:
    """Found lines of logs in a file, which may be damaged or deleted at any time: then the logs are read again.

    Logs are given by their names, with their paths. What is remembered of a log counts as long as `reads_as_before` says so. Of a log
    that is gone the lines that were found are still there to be offered, so that numbers of candidates stay what they were.
    """

    path: Path | None = None
    known: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with contextlib.suppress(OSError, ValueError, RecursionError):
            if self.path is not None and self.path.stat().st_size <= MOST_BYTES:
                document = json.loads(self.path.read_bytes())
                self.known = document if isinstance(document, dict) and document.get("made_by") == _MADE_BY else {}

    def found(self, key: str, logs: Mapping[str, str]) -> LogLines | None:
        """What the search of that key found in these logs; None when it must be done again."""
        kept = self._part("found")
        if kept.get("key") != key or kept.get("logs") != list(logs):
            return None
        if not all(self._holds(name, path) or not os.path.lexists(path) for name, path in logs.items()):
            return None
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return LogLines(tuple(map(_line, kept["lines"])), tuple(Problem.model_validate(one) for one in kept["problems"]))
        return None

    def keep(self, key: str, logs: Mapping[str, str], found: LogLines) -> None:
        """Keep what a search found, in place of what another one did. The logs were marked before it."""
        lines = [asdict(line) | {"at": line.at.isoformat() if line.at else None} for line in found.lines]
        problems = [problem.model_dump(mode="json") for problem in found.problems]
        self.known["found"] = {"key": key, "logs": list(logs), "lines": lines, "problems": problems}
        self._add({line.ref: _seen(line.ref, line.excerpt, line.sha256, line.text) for line in found.lines}, logs)
        self._write()

    def seen(self, logs: Mapping[str, str]) -> dict[tuple[str, str], Resolved]:
        """Lines that were looked at and read as they did, as evidence names them."""
        lines = self._part("seen")
        holding = [name for name in lines if name in logs and self._holds(name, logs[name])]
        with contextlib.suppress(TypeError, ValueError, AttributeError):
            refs = [(f"{name}:{number}", what) for name in holding for number, what in lines[name].items()]
            return {("log", ref): _seen(ref, *map(str, what)) for ref, what in refs}
        return {}

    def add(self, found: Mapping[str, Resolved], logs: Mapping[str, str]) -> None:
        """Remember lines that were looked up just now, by their references. The logs were marked before."""
        if found and self._add(found, logs):
            self._write()

    def _add(self, found: Mapping[str, Resolved], logs: Mapping[str, str]) -> bool:
        lines = self._part("seen")
        before = sum(map(len, lines.values()))
        holding = {name for name, path in logs.items() if self._holds(name, path)}
        for ref, what in found.items():
            name, _, number = ref.rpartition(":")
            if name in holding and len(lines.setdefault(name, {})) < SEEN:
                lines[name][number] = [what.excerpt, what.sha256, what.said]
        self.known["seen"] = lines
        return sum(map(len, lines.values())) > before

    def mark(self, logs: Mapping[str, str]) -> None:
        """Note how logs are, before they are read; what was seen in one that is another by now counts no more."""
        marks, lines = self._part("marks"), self._part("seen")
        for name, path in logs.items():
            if not self._holds(name, path):
                lines.pop(name, None)
            with contextlib.suppress(LogError):
                marks[name] = asdict(mark_of(path))
        self.known |= {"made_by": _MADE_BY, "marks": marks, "seen": lines}

    def _holds(self, name: str, path: str) -> bool:
        with contextlib.suppress(TypeError, KeyError):
            return reads_as_before(path, Mark(**self._part("marks")[name]))
        return False

    def _part(self, name: str) -> dict[str, Any]:
        part = self.known.get(name)
        return part if isinstance(part, dict) else {}

    def _write(self) -> None:
        """Store it where that can be done; a session works in a folder that cannot be written, too."""
        if self.path is not None:
            with contextlib.suppress(RcaError):
                write_atomic(self.path, json.dumps(self.known, ensure_ascii=False) + "\n", durable=False)


def _seen(ref: str, excerpt: str, sha256: str, said: str) -> Resolved:
    return Resolved("resolves", f"{ref} is there.", excerpt, sha256, one_line(said, SAID))


def _line(value: Any) -> LogLine:
    moment = value["at"]
    return LogLine(**{**value, "at": datetime.fromisoformat(moment) if moment else None, "words": tuple(value["words"])})
