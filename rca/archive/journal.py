"""Journals of guided sessions: `.rca/sessions/ID.jsonl`, one accepted event a line, on the disk before anything else happens.

The first line says what the file is. Each further line is an event (it has a `type`), a request of a program that was
carried out (`request`), what the inputs were by then (`inputs`), the log files that evidence is looked for in (`logs`), or word
that all went into the record (`written`).
Lines are only ever added. What somebody is typing lies beside it, in `ID.draft`.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from rca.archive.lock import locked
from rca.errors import RecordError
from rca.files import free_name, read_plain, write_atomic, write_own
from rca.text.redact import redact

VERSION = 1
MAX_JOURNAL = 128 * 1024**2
FAULTS_TOLD = 5

_NAME = re.compile(r"(?P<worklog>\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80})\.(?P<number>[1-9]\d{0,5})")

_FLAGS = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")

E = TypeVar("E")
Drafts = dict[str, dict[str, str]]


@dataclass
class Kept(Generic[E]):
    """What a journal holds, as far as it can be read.

    inputs: what the session rested on when it was last looked at. logs: log files, from the project's folder.
    requests: hash by the revision that a request was made for.
    faults: what could not be read, in words. sound: how many bytes at the start are whole lines, the last one perhaps without
    its end (`open`); torn: what is behind them.
    """

    id: str
    worklog: str
    opened_at: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    events: list[E] = field(default_factory=list)
    requests: dict[int, str] = field(default_factory=dict)
    logs: list[str] = field(default_factory=list)
    written: int = 0
    faults: list[str] = field(default_factory=list)
    sound: int = 0
    open: bool = False
    torn: bytes = b""


class Sessions(Generic[E]):
    """The journals of one project. `read` and `write` turn an event into a line of JSON and back; `read` raises ValueError."""

    def __init__(self, project: Path, read: Callable[[bytes], E], write: Callable[[E], str]) -> None:
        self.folder = project / ".rca" / "sessions"
        self.read = read
        self.write = write

    def ids(self, worklog: str = "") -> list[str]:
        """Ids of all sessions, or of those about one worklog; in the order in which they were opened."""
        try:
            names = os.listdir(self.folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise RecordError(f"{self.folder}: cannot be read: {error.strerror}", "check the permissions") from error
        found = [match for name in names if name.endswith(".jsonl") and (match := _NAME.fullmatch(name[:-6]))]
        wanted = [match for match in found if worklog in {"", match["worklog"]}]
        return [match[0] for match in sorted(wanted, key=lambda match: (match["worklog"], int(match["number"])))]

    def path(self, session: str) -> Path:
        """Where the journal of that id lies."""
        return self.folder / f"{session}.jsonl"

    def next_id(self, worklog: str) -> str:
        """An id that no session of that worklog has."""
        last = self.ids(worklog)[-1:]
        return f"{worklog}.{int(last[0].rpartition('.')[2]) + 1 if last else 1}"

    def find(self, name: str, worklog: str) -> str:
        """The session that a person means: its id, or its number among those of the worklog. Raises RecordError."""
        ids = self.ids()
        wanted = f"{worklog}.{name}" if name.isdecimal() else name
        if wanted in ids:
            return wanted
        known = self.ids(worklog)
        there = f"there are {', '.join(known[-5:])}" if known else "there is none yet; `rca whys` begins one"
        raise RecordError(f"there is no session {name[:100]!r}", there)

    def load(self, session: str) -> Kept[E]:
        """Read a journal as far as that can be done. Raises RecordError when it is no journal, or a newer rca wrote it."""
        return parse_journal(_bytes(self.path(session)), session, str(self.path(session)), self.read)

    def lock(self, session: str, wait: float = 0.0) -> AbstractContextManager[None]:
        """Hold a session. Raises RecordError with who holds it, when that does not end within `wait` seconds."""
        return locked(self.folder, session, what=f"the session {session}", wait=wait)

    def draft(self, session: str) -> Drafts:
        """What was typed and not yet accepted: texts by field by question; nothing when that cannot be read."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            document = json.loads(read_plain(self._draft(session)))
            return {
                str(question): {str(name): text for name, text in values.items() if isinstance(text, str)}
                for question, values in document.items()
            }
        return {}

    def keep_draft(self, session: str, drafts: Mapping[str, Mapping[str, str]]) -> None:
        """Keep what is being typed. It outlives this process at once, and the machine a little later; secrets are taken out."""
        texts = {question: {name: redact(text) for name, text in values.items() if text} for question, values in drafts.items()}
        whole = {question: values for question, values in texts.items() if values}
        path = self._draft(session)
        with contextlib.suppress(OSError):
            if whole:
                write_own(path, json.dumps(whole, ensure_ascii=False) + "\n")
            else:
                path.unlink(missing_ok=True)

    def _draft(self, session: str) -> Path:
        return self.folder / f"{session}.draft"


class Journal(Generic[E]):
    """A session that is written to; hold its lock. The file is made with the first line."""

    def __init__(self, sessions: Sessions[E], session: str, worklog: str, at: datetime, kept: Kept[E] | None = None) -> None:
        self.path = sessions.path(session)
        self.id = session
        self._write = sessions.write
        self._size = kept.sound if kept else 0
        self._head = _line({"journal": VERSION, "session": session, "worklog": worklog, "opened_at": at.isoformat()})
        if self._size:
            self._head = "\n" if kept and kept.open else ""
        if kept and kept.torn:
            self._set_aside(kept.torn)

    def _set_aside(self, torn: bytes) -> None:
        """Keep what is behind the last whole line in a file of its own, so that the next line begins a line."""
        write_atomic(free_name(self.path.with_suffix(".torn")), torn)
        with _told(self.path), self._opened() as stream:
            stream.truncate(self._size)
            os.fsync(stream.fileno())

    def _opened(self) -> IO[bytes]:
        """The journal for writing in its place: never what a link leads to, and never a pipe, which would have us wait."""
        flags = os.O_RDWR | os.O_CREAT | sum(getattr(os, name, 0) for name in _FLAGS)
        stream = open(os.open(self.path, flags, 0o600), "rb+", buffering=0)  # noqa: SIM115 -- for whoever asked
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            stream.close()
            raise OSError(errno.EINVAL, "it is a pipe or a device, and no file", str(self.path))
        return stream

    def append(
        self,
        events: Sequence[E],
        *,
        request: tuple[int, str] | None = None,
        inputs: Mapping[str, str] | None = None,
        logs: Sequence[str] = (),
        written: int = 0,
    ) -> None:
        """Add lines, all or none; they are on the disk when this returns. Raises RecordError.

        request: revision and hash of the request that led to the events. logs: further log files. written: the revision that
        went into the record.
        """
        lines = [self._head] if self._head else []
        lines += [_line({"inputs": dict(inputs)})] if inputs is not None else []
        lines += [_line({"logs": list(logs)})] if logs else []
        lines += [self._write(event) + "\n" for event in events]
        lines += [_line({"request": {"revision": request[0], "sha256": request[1]}})] if request else []
        lines += [_line({"written": written})] if written else []
        data = "".join(lines).encode("utf-8", "replace")
        with _told(self.path):
            self._put(data)
        self._size += len(data)
        self._head = ""

    def _put(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._opened() as stream:
            handle = stream.fileno()
            os.lseek(handle, self._size, os.SEEK_SET)
            try:
                left = memoryview(data)
                while left:
                    left = left[os.write(handle, left) :]
                os.fsync(handle)
            except OSError:
                # Half a line is worse than none: the next one would be glued to it.
                with contextlib.suppress(OSError):
                    os.ftruncate(handle, self._size)
                raise


def parse_journal(data: bytes, session: str, name: str, read: Callable[[bytes], E]) -> Kept[E]:
    """Read the bytes of a journal; a line that cannot be read is told, and passed over. Raises RecordError when a newer rca wrote it."""
    match = _NAME.fullmatch(session)
    kept: Kept[E] = Kept(session, match["worklog"] if match else "")
    bad: list[str] = []
    end = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        end += len(line)
        try:
            _take(kept, line, number, name, read)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            if end == len(data):
                kept.torn = line
                bad.append(f"{name}:{number}: the last line is torn and was set aside: {_why(error)}")
                break
            bad.append(f"{name}:{number}: cannot be read and was passed over: {_why(error)}")
        kept.sound = end
    kept.open = bool(kept.sound) and data[kept.sound - 1 : kept.sound] != b"\n"
    kept.faults = bad[:FAULTS_TOLD] + ([f"{name}: {len(bad) - FAULTS_TOLD:,} more lines cannot be read"] if len(bad) > FAULTS_TOLD else [])
    return kept


def _take(kept: Kept[E], line: bytes, number: int, name: str, read: Callable[[bytes], E]) -> None:
    """Put what a line says into its place. Raises ValueError."""
    document = json.loads(line)
    if not isinstance(document, dict):
        raise ValueError("it is no object")  # noqa: TRY004 -- a fault of the file, like all others here
    if "type" in document:
        kept.events.append(read(line))
    elif number == 1:
        _head(kept, document, name)
    elif "request" in document:
        kept.requests[int(document["request"]["revision"])] = str(document["request"]["sha256"])
    elif "inputs" in document:
        kept.inputs = {str(key): str(value) for key, value in dict(document["inputs"]).items()}
    elif "logs" in document:
        kept.logs += [str(name) for name in list(document["logs"]) if str(name) not in kept.logs]
    elif "written" in document:
        kept.written = int(document["written"])
    else:
        raise ValueError("it is nothing that a journal holds")


def _head(kept: Kept[E], document: dict[str, Any], name: str) -> None:
    version = document.get("journal")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ValueError("it does not say that this is a journal")  # noqa: TRY004
    if version > VERSION:
        raise RecordError(
            f"{name}: was written by a newer rca (journal {str(version)[:20]}, this one knows {VERSION})",
            "upgrade rca; the session was not touched",
        )
    kept.worklog = str(document.get("worklog") or kept.worklog)
    kept.opened_at = str(document.get("opened_at") or "")


def _why(error: Exception) -> str:
    return {"JSONDecodeError": "it is no JSON", "UnicodeDecodeError": "it is not UTF-8", "RecursionError": "it is nested too deeply"}.get(
        type(error).__name__, "it is no event that this rca knows" if type(error).__name__ == "ValidationError" else str(error)[:200]
    )


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False) + "\n"


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_JOURNAL:
            raise RecordError(f"{path}: larger than {MAX_JOURNAL // 1024**2} MiB", "this is no journal that rca wrote")
        if path.is_symlink():
            raise RecordError(
                f"{path}: is a link, and a journal is added to in its place", "put the journal itself there, or remove the link"
            )
        return read_plain(path)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}", "check the path and the permissions") from error


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordError(
            f"{path}: cannot be written: {error.strerror}",
            "make room or check the permissions, then answer again; what was accepted before is kept",
        ) from error
