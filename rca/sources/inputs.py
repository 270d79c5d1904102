"""Find the reports behind what the user named: files, folders, globs, standard input, zip and tar archives.

Nothing is unpacked to disk, nothing outside the named paths is read, and an archive may not grow without bounds.
"""

from __future__ import annotations

import glob
import gzip
import io
import os
import stat
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from rca.model import Problem
from rca.sources.interface import Report
from rca.text.clean import one_line

MAX_FILES = 100_000
MAX_MEMBERS = 20_000
MAX_UNPACKED = 8 * 1024**3
MAX_RATIO = 1_000
RATIO_FROM = 64 * 1024**2
_ZIP_ENDINGS = (".zip",)
_GZIP_ENDINGS = (".gz",)
_TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
# A Python may have been built without lzma; zipfile knows, and then nothing raises its error.
LZMAError: type[Exception] = getattr(getattr(zipfile, "lzma", None), "LZMAError", EOFError)
# A header that is cut short raises struct.error and TypeError too.
_ARCHIVE_FAULTS = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, struct.error, EOFError, OSError),
    *(RuntimeError, NotImplementedError, ValueError, TypeError),
)


class ArchiveLimitError(OSError):
    """An archive holds more than any set of reports would."""


def find_reports(paths: list[str], stdin: IO[bytes] | None = None) -> Iterator[Report | Problem]:
    """Yield every report behind the given paths in a stable order, and a problem for each that cannot be had."""
    seen: set[tuple[int, int]] = set()
    read_stdin = False
    for path in paths:
        if path == "-":
            if not read_stdin:
                yield Report("-", lambda: _kept_open(stdin or sys.stdin.buffer), again=False)
            read_stdin = True
        elif os.path.lexists(path):
            yield from _from_path(path, seen)
        elif glob.has_magic(path):
            matches = sorted(glob.iglob(path, recursive=True))
            if not matches:
                yield _problem("not-found", path, "no file matches this pattern", "check the pattern and the folder you are in")
            for match in matches:
                yield from _from_path(match, seen)
        else:
            yield _problem("not-found", path, "there is no such file or folder", _nearby(path))


def _from_path(path: str, seen: set[tuple[int, int]]) -> Iterator[Report | Problem]:
    try:
        info = os.stat(path)
    except OSError as error:
        yield _problem("unreadable", path, f"cannot be opened: {error.strerror}", "check the link and the permissions")
        return
    if stat.S_ISDIR(info.st_mode):
        yield from _from_folder(path, seen)
    elif not stat.S_ISREG(info.st_mode) and not stat.S_ISFIFO(info.st_mode):
        yield _problem("unreadable", path, "is neither a file nor a folder", "name a report, a folder or an archive")
    elif (info.st_dev, info.st_ino) not in seen:
        seen.add((info.st_dev, info.st_ino))
        yield from _from_file(path, info, explicit=True)


def _from_folder(folder: str, seen: set[tuple[int, int]]) -> Iterator[Report | Problem]:
    """Walk a folder in name order; links that lead out of it are not followed."""
    count = 0
    found = False
    closed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if name not in {".git", "node_modules", ".venv"})
        for name in sorted(files):
            path = os.path.join(parent, name)
            if not name.lower().endswith(".xml"):
                continue
            try:
                info = os.lstat(path)
            except OSError:  # gone since the folder was listed
                continue
            if not stat.S_ISREG(info.st_mode):
                continue
            found = True
            if (info.st_dev, info.st_ino) in seen:
                continue
            seen.add((info.st_dev, info.st_ino))
            count += 1
            if count > MAX_FILES:
                yield _problem("too-many-files", folder, f"holds more than {MAX_FILES:,} .xml files", "name a smaller folder")
                return
            yield from _from_file(path, info, explicit=False)
    for error in closed:
        yield _problem("unreadable", str(error.filename), f"cannot be listed: {error.strerror}", "check the permissions of the folder")
    if not found and not closed:
        yield _problem("no-reports", folder, "holds no .xml file", "name the folder into which your test runner writes its JUnit reports")


def _from_file(path: str, info: os.stat_result, *, explicit: bool) -> Iterator[Report | Problem]:
    lower = path.lower()
    if lower.endswith(_ZIP_ENDINGS):
        yield from _from_zip(path)
    elif lower.endswith(_TAR_ENDINGS):
        yield from _from_tar(path)
    elif lower.endswith(_GZIP_ENDINGS):
        yield Report(shown(path), lambda: _open_gzip(path, info.st_size), info.st_size, explicit=explicit)
    else:
        again = stat.S_ISREG(info.st_mode)
        yield Report(shown(path), lambda: open(path, "rb"), info.st_size, again=again, explicit=explicit, plain=again)  # noqa: SIM115


def _from_zip(path: str) -> Iterator[Report | Problem]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.lower().endswith(".xml") and not info.is_dir()]
            budget = _Budget(path, os.path.getsize(path))
            budget.members(len(members))
            for info in sorted(members, key=lambda member: member.filename):

                def opener(info: zipfile.ZipInfo = info) -> IO[bytes]:
                    return _bounded(archive.open(info), budget)

                yield Report(f"{shown(path)}:{one_line(info.filename)}", opener, info.file_size, explicit=False)
            if not members:
                yield _no_reports(path)
    except _ARCHIVE_FAULTS as error:
        yield _bad_archive(path, error)


def _from_tar(path: str) -> Iterator[Report | Problem]:
    try:
        budget = _Budget(path, os.path.getsize(path))
        count = found = 0
        # Streaming mode reads the archive once from front to back: each member is read when its turn comes, or never.
        with open(path, "rb") as packed, tarfile.open(fileobj=packed, mode="r|*") as archive:
            for info in archive:
                count += 1
                budget.members(count)
                budget.skip(info.size)
                if info.isfile() and info.name.lower().endswith(".xml"):
                    found += 1
                    member = archive.extractfile(info)
                    if member is not None:
                        opener: Callable[[], IO[bytes]] = lambda member=member: member  # type: ignore[misc] # noqa: E731
                        yield Report(f"{shown(path)}:{one_line(info.name)}", opener, info.size, again=False, explicit=False)
        if not found:
            yield _no_reports(path)
    except _ARCHIVE_FAULTS as error:
        yield _bad_archive(path, error)


def _open_gzip(path: str, size: int, packed: IO[bytes] | None = None) -> IO[bytes]:
    """What a gzip file holds. packed: the file when it is open already; it stays open."""
    return _bounded(cast("IO[bytes]", gzip.GzipFile(path, "rb", fileobj=packed)), _Budget(path, size))


class _Budget:
    """How much may come out of one archive."""

    def __init__(self, path: str, packed: int) -> None:
        self.path = path
        self.left = min(MAX_UNPACKED, max(RATIO_FROM, packed * MAX_RATIO))

    def members(self, count: int) -> None:
        if count > MAX_MEMBERS:
            msg = f"more than {MAX_MEMBERS:,} members"
            raise ArchiveLimitError(msg)

    def skip(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            msg = "it unpacks to far more than its size allows"
            raise ArchiveLimitError(msg)


class _Bounded(io.RawIOBase):
    """A stream that counts what is read from it against the budget of its archive."""

    def __init__(self, inner: IO[bytes], budget: _Budget | None, *, owned: bool = True) -> None:
        self._inner = inner
        self._budget = budget
        self._owned = owned

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        if self._budget is not None:
            self._budget.skip(len(data))
        return data

    def close(self) -> None:
        if self._owned:
            self._inner.close()
        super().close()


def _bounded(inner: IO[bytes], budget: _Budget) -> IO[bytes]:
    return cast("IO[bytes]", _Bounded(inner, budget))


def _kept_open(stream: IO[bytes]) -> IO[bytes]:
    """Standard input belongs to the program, not to the report."""
    return cast("IO[bytes]", _Bounded(stream, None, owned=False))


def shown(path: str) -> str:
    """A path as it can be stored and printed: names of files need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _problem(code: str, path: str, message: str, hint: str) -> Problem:
    return Problem(code=code, severity="error", message=message, path=shown(path), hint=hint)


def _no_reports(path: str) -> Problem:
    return _problem("no-reports", path, "the archive holds no .xml file", "check that the archive holds JUnit reports")


def _bad_archive(path: str, error: Exception) -> Problem:
    if isinstance(error, ArchiveLimitError):
        return _problem("archive-limit", path, f"the archive was left: {error}", "unpack it yourself and name the folder")
    reason = str(error) or type(error).__name__
    return _problem("bad-archive", path, f"the archive cannot be read: {reason}", "download or make it again")


def _nearby(path: str) -> str:
    """Say which part of a path is there, and what stands beside it."""
    parent = Path(path).parent
    if not parent.is_dir():
        return f"the folder {parent} does not exist either"
    from difflib import get_close_matches

    names = sorted(entry.name for entry in list(parent.iterdir())[:2000])
    close = get_close_matches(Path(path).name, names, n=1)
    if close:
        return f"did you mean {parent / close[0]}?"
    return "nothing here has a name like it" if str(parent) == "." else f"{parent} holds nothing of a name like it"
