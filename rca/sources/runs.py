"""Which runs there are in an archive of old reports, and what is known of each beside its reports.

A file or an archive is one run. A folder in which reports lie is one run, with all that is below it. Any other folder is a folder
of runs: each folder and each archive in it is one.

A file `rca-run.json` in the folder of a run, or in a zip archive, says where it ran: an object with any of repo, branch, base,
commit, environment, job, attempt, url and started_at.
"""

from __future__ import annotations

import glob
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rca.errors import RcaError
from rca.model import Context
from rca.sources.ci import context_from
from rca.sources.inputs import LZMAError, shown

ABOUT = "rca-run.json"
MAX_ABOUT = 65_536
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_REPORTS = (".xml", ".xml.gz")
_WORDS = ("repo", "branch", "base", "commit", "environment", "job", "url")


@dataclass(frozen=True, slots=True)
class OldRun:
    """A run to be read: the paths of its reports, and how it is named to people."""

    paths: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an old run. at: when it ran, for reports without times."""

    context: Context
    at: datetime | None


def find_runs(paths: Sequence[str], *, one_run: bool = False) -> list[OldRun]:
    """The runs behind the given paths, in the order of their names, numbers in them by their value."""
    if one_run:
        return [OldRun(tuple(paths), ", ".join(map(shown, paths)))]
    return [OldRun((path,), shown(path)) for path in dict.fromkeys(run for path in paths for run in _runs_in(path))]


def _runs_in(path: str) -> Iterator[str]:
    if path != "-" and not os.path.lexists(path) and glob.has_magic(path):
        for match in sorted(glob.iglob(path, recursive=True), key=_by_number):
            yield from _runs_in(match)
        return
    try:
        entries = [] if path == "-" else sorted(os.scandir(path), key=lambda entry: _by_number(entry.name))
    except OSError:  # a file, or what cannot be had: whoever reads it says so
        entries = []
    inside = [entry for entry in entries if _holds_reports(entry)]
    if not inside or any(entry.name.lower().endswith(_REPORTS) and entry.is_file() for entry in entries):
        yield path
        return
    for entry in inside:
        yield entry.path


def _holds_reports(entry: os.DirEntry[str]) -> bool:
    """Whether something in a folder may be a run: a folder that is not hidden, or an archive."""
    if entry.is_dir(follow_symlinks=False):
        return not entry.name.startswith(".")
    return entry.name.lower().endswith(_ARCHIVES) and entry.is_file(follow_symlinks=False)


def _by_number(name: str) -> list[tuple[int, int, str]]:
    """Build 9 comes before build 10."""
    parts: list[tuple[int, int, str]] = []
    word = ""
    for char in f"{name[:300]} ":
        if word and char.isdecimal() != word[-1].isdecimal():
            parts.append((0, int(word), word) if word[-1].isdecimal() else (1, 0, word))
            word = ""
        word += char
    return [*parts, (1, 0, word)]


def about_run(run: OldRun, said: dict[str, str | int | None]) -> About:
    """Where and when a run ran: what its own file says, else what was said of all. Raises RcaError for a file that is broken."""
    found = _read_all(run.paths)
    at = _moment(found.get("started_at")) if found else None
    return About(context_from({}, **{**said, **_facts(found)}), at or _newest(run.paths))


def said_beside(paths: Sequence[str]) -> dict[str, str | int | None]:
    """What the file beside reports says of where they ran, by the names of a context. Raises RcaError for one that is broken."""
    return _facts(_read_all(paths))


def _read_all(paths: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in paths:
        found |= _read_about(path)
    return found


def _facts(found: dict[str, Any]) -> dict[str, str | int | None]:
    words: dict[str, str | int | None] = {name: value for name in _WORDS if isinstance(value := found.get(name), str)}
    attempt = found.get("attempt")
    if isinstance(attempt, int) and 0 < attempt < 1_000_000_000:
        words["attempt"] = attempt
    return words


def _read_about(path: str) -> dict[str, Any]:
    place = os.path.join(path, ABOUT)
    try:
        data = _about_bytes(path, place)
    except (OSError, zipfile.BadZipFile, zlib.error, LZMAError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return {}
    if not data:
        return {}
    try:
        document = json.loads(data) if len(data) <= MAX_ABOUT else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        message = f"{shown(place)}: is no JSON object of at most {MAX_ABOUT:,} bytes"
        raise RcaError(message, "mend it or remove it; docs/history.md shows one")
    return document


def _about_bytes(path: str, place: str) -> bytes:
    if os.path.isdir(path):
        if not stat.S_ISREG(os.lstat(place).st_mode):  # a link may lead anywhere, a pipe may never end
            return b""
        with open(place, "rb") as stream:
            return stream.read(MAX_ABOUT + 1)
    if not path.lower().endswith(".zip"):
        return b""
    with zipfile.ZipFile(path) as archive, suppress(KeyError), archive.open(ABOUT) as member:
        return member.read(MAX_ABOUT + 1)
    return b""


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value[:64])
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _newest(paths: Sequence[str]) -> datetime | None:
    """When the latest report was written, as far as the disk tells."""
    times: list[float] = []
    for path in paths:
        with suppress(OSError):
            if not os.path.isdir(path):
                times.append(os.stat(path).st_mtime)
            for parent, _, names in os.walk(path):
                times += [os.lstat(os.path.join(parent, name)).st_mtime for name in names if name.lower().endswith(_REPORTS)]
    with suppress(OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(max(times), UTC)
    return None
