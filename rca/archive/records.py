"""The records of a project: `worklogs/YYYY/YYYY-MM-DD-slug.json`, each with its Markdown face, and the index over them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from rca.archive.earlier import earlier_causes, read_remembered
from rca.archive.headers import Header, header_of, read_headers
from rca.archive.index import index_page, index_path
from rca.archive.lock import locked
from rca.errors import FaceEditedError, RecordError
from rca.files import free_name, leads_out, read_plain, sweep, write_atomic, write_own, write_together
from rca.model import SCHEMA_VERSION, Cluster, EarlierCause, Worklog

MAX_RECORD = 512 * 1024**2
MOST_CURRENT = 1_000  # bytes of the file that names the current worklog
_ID = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80}")
_LONGEST_STEM = 86

# One function for each version that was left behind: it turns the document of version N into one of version N + 1.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class Faces:
    """What the archive needs of the document stage: to make a face, to tell whether one was edited, and what differs."""

    make: Callable[[Worklog], str]
    is_untouched: Callable[[str], bool]
    difference: Callable[[str, str, str], str]


def parse_record(text: str | bytes, name: str) -> Worklog:
    """Read a record, bringing an older one up to date. Raises RecordError with the place of the first faults."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        return _usable(Worklog.model_validate_json(data.removeprefix(b"\xef\xbb\xbf")), name)
    except ValidationError as error:
        first = error
    except OverflowError as error:
        raise RecordError(f"{name}: holds a time that no calendar has", "restore the record from git") from error
    # Only now does it pay to look at the document itself: it may be older, newer, or no record at all.
    document = _migrate(_document(data, name), name)
    try:
        return _usable(Worklog.model_validate_json(json.dumps(document)), name)
    except ValidationError as error:
        raise _not_a_worklog(error, name) from error
    except (RecursionError, ValueError):
        raise _not_a_worklog(first, name) from first


def _usable(record: Worklog, name: str) -> Worklog:
    """The record, when its zone is known here: without it no time of it can be shown."""
    try:
        ZoneInfo(record.time_zone)
    except (KeyError, ValueError, OSError) as error:
        zone = repr(record.time_zone[:80])
        raise RecordError(f"{name}: time_zone: {zone} is not a known time zone", "use an IANA name such as 'Europe/Berlin'") from error
    return record


def _document(data: bytes, name: str) -> Any:
    """The JSON document, whatever it holds."""
    hint = "restore the record from git"
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RecordError(f"{name}:{line}: not a JSON document: it is not UTF-8", hint) from error
    except json.JSONDecodeError as error:
        raise RecordError(f"{name}:{error.lineno}:{error.colno}: not a JSON document: {error.msg}", hint) from error
    except RecursionError as error:
        raise RecordError(f"{name}: nested too deeply for a record", hint) from error
    except ValueError as error:
        raise RecordError(f"{name}: not a record: a number in it is too long", hint) from error


def _not_a_worklog(error: ValidationError, name: str) -> RecordError:
    faults = error.errors(include_url=False, include_input=False)
    shown = "; ".join(f"{'.'.join(str(part)[:80] for part in fault['loc']) or 'record'}: {fault['msg']}" for fault in faults[:5])
    more = f" (and {len(faults) - 5:,} more)" if len(faults) > 5 else ""
    return RecordError(
        f"{name}: not a worklog of schema {SCHEMA_VERSION}: {shown}{more}",
        "`rca check` names every place; `rca schema` prints the shape",
    )


def _migrate(document: Any, name: str) -> dict[str, Any]:
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(version, int) or isinstance(version, bool):
        raise RecordError(f"{name}: holds no worklog (there is no schema_version)", "name a record that rca wrote")
    if version > SCHEMA_VERSION:
        raise RecordError(
            f"{name}: was written by a newer rca (schema {str(version)[:20]}, this one knows {SCHEMA_VERSION})",
            "upgrade rca; the record was not touched",
        )
    while version < SCHEMA_VERSION:
        if version not in MIGRATIONS:
            raise RecordError(f"{name}: schema {str(version)[:20]} is not known", "restore the record from git")
        document = MIGRATIONS[version](document)
        version += 1
    return dict(document)


class Archive:
    """The records below one folder. All changes go through a lock, so that any number of processes may work at once."""

    def __init__(self, project: Path, folder: str, faces: Faces) -> None:
        self.project = project
        self.root = project / folder
        self.faces = faces
        self._state = project / ".rca"
        # A records folder that is a link may be shared by several checkouts: then the lock must be theirs together.
        real = Path(os.path.realpath(self.root))
        self._shared = self._state if real == Path(os.path.realpath(project)) / folder else real / ".rca"
        self._last: tuple[tuple[str, int, int, int, int] | None, Worklog] | tuple[None, None] = (None, None)

    # -- reading -------------------------------------------------------------------------------------------------

    def path(self, worklog_id: str) -> Path:
        """Where the record of that id lies."""
        return self.root / worklog_id[:4] / f"{worklog_id}.json"

    def face(self, worklog_id: str) -> Path:
        """Where the face of that id lies."""
        return self.path(worklog_id).with_suffix(".md")

    def ids(self) -> list[str]:
        """All ids, oldest first."""
        found = []
        for year in _names(self.root):
            if re.fullmatch(r"\d{4}", year):
                stems = (name[:-5] for name in _names(self.root / year) if name.endswith(".json"))
                found += [stem for stem in stems if stem.startswith(year) and _ID.fullmatch(stem)]
        return sorted(found)

    def load(self, worklog_id: str) -> Worklog:
        """Read a record by its id. The one that was read or written last is not read again while its file stays as it is."""
        path = self.path(worklog_id)
        mark = _mark(path)
        if mark is None or mark != self._last[0]:
            self._keep_in(path)
            self._last = (mark, read_record(path))
        return self._last[1]

    def all(self) -> Iterator[tuple[str, Worklog | RecordError]]:
        """Every record with its id, oldest first; one that cannot be read comes as its error."""
        for worklog_id in self.ids():
            try:
                yield worklog_id, self.load(worklog_id)
            except RecordError as error:
                yield worklog_id, error

    def headers(self) -> list[Header]:
        """The header of every record, oldest first."""
        return list(self._headers().values())

    def _headers(self) -> dict[str, Header]:
        return read_headers(self._shared / "headers.json", self.load, self._paths())

    def earlier(self, clusters: Sequence[Cluster], *, but: str = "") -> list[EarlierCause]:
        """What the records other than `but` know of causes like these clusters, the latest first."""
        return earlier_causes(read_remembered(self._shared / "causes.json", self.load, self._paths()), clusters, but=but)

    def _paths(self) -> dict[str, Path]:
        return {worklog_id: self.path(worklog_id) for worklog_id in self.ids()}

    def find(self, name: str | None) -> str:
        """The id that a person means: a whole id, a unique part of one, a path, or the current worklog when nothing is given."""
        if not name:
            return self._current()
        ids = self.ids()
        wanted = Path(name).stem if name.endswith((".md", ".json")) else name
        if wanted in ids:
            return wanted
        hits = [worklog_id for worklog_id in ids if wanted in worklog_id]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise RecordError(f"{name!r} fits {len(hits):,} worklogs: {', '.join(hits[-5:])}", "give more of the id")
        raise RecordError(f"there is no worklog {name!r} in {self.root}", _nearest(wanted, ids))

    def _current(self) -> str:
        hint = 'open one with `rca new "TITLE"`, or choose one with --worklog ID or RCA_WORKLOG'
        name = self._chosen()
        if not _ID.fullmatch(name):
            raise RecordError("no worklog is open here", hint)
        if not os.path.lexists(self.path(name)):
            raise RecordError(f"the current worklog was {name}, and {self.path(name)} is gone", f"restore it from git; or {hint}")
        return name

    def _chosen(self) -> str:
        """What stands in the file that names the current worklog; empty when there is none."""
        path = self._state / "current"
        try:
            return read_plain(path, MOST_CURRENT).decode("utf-8", "replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            raise RecordError(f"{path}: cannot be read: {error.strerror}", "remove it, then choose a worklog with --worklog ID") from error

    # -- writing -------------------------------------------------------------------------------------------------

    def add(self, worklog: Worklog) -> Worklog:
        """Store a new worklog under a free id and make it the current one; returns it as stored."""
        with self._locked():
            worklog_id, number = worklog.id, 1
            while os.path.lexists(self.path(worklog_id)) or os.path.lexists(self.face(worklog_id)):
                number += 1
                worklog_id = f"{worklog.id[:_LONGEST_STEM]}-{number}"
            stored = self._write(worklog.model_copy(update={"id": worklog_id}), force=False)
            self.choose(worklog_id)
            return stored

    def change(self, worklog_id: str, edit: Callable[[Worklog], Worklog], *, force: bool = False) -> Worklog:
        """Read, edit and write a record while nobody else can; a record that does not change is not written.

        A face that is missing or out of date is made again either way. Raises FaceEditedError, before anything is
        written, when the face was edited by hand and `force` is not given; with `force` the edited face is kept beside it.
        """
        with self._locked():
            before = self.load(worklog_id)
            after = edit(before)
            if after == before:
                self._mend(before, force=force)
                return before
            return self._write(after, force=force, before=before)

    def choose(self, worklog_id: str) -> None:
        """Make a worklog the current one."""
        write_own(self._state / "current", worklog_id + "\n", durable=True)

    def face_difference(self, worklog: Worklog) -> str:
        """How the stored face differs from the one that the record gives; empty when it does not."""
        path = self.face(worklog.id)
        rendered = self.faces.make(worklog)
        self._keep_in(path)
        found = _text(_read(path)) if path.exists() else ""
        return "" if found == rendered else self.faces.difference(rendered, found, path.name)

    def _keep_in(self, *paths: Path) -> None:
        """Records may come from somebody else: a link among them shows nobody's other files, and has none written."""
        for path in paths:
            if leads_out(path, self.root):
                raise RecordError(f"{path}: is a link that leads out of {self.root}", "put the file itself there, or remove the link")

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self._shared)

    def _mend(self, worklog: Worklog, *, force: bool) -> None:
        """Bring face and index in line with a record that stays as it is."""
        path, text = self.face(worklog.id), self.faces.make(worklog)
        self._keep_in(path)
        files: list[tuple[Path, str | bytes]] = []
        if not path.exists() or _text(_read(path)) != text:
            self._guard(worklog, worklog, force=force)
            files.append((path, text))
        files += self._index({})
        if files:
            write_together(files)

    def _write(self, worklog: Worklog, *, force: bool, before: Worklog | None = None) -> Worklog:
        stored = worklog.model_copy(update={"revision": worklog.revision + 1})
        path = self.path(stored.id)
        self._keep_in(path, path.with_suffix(".md"))
        text = self.faces.make(stored)
        record = stored.model_dump_json(indent=2) + "\n"
        self._guard(stored, before or worklog, force=force)
        index = self._index({stored.id: header_of(stored)})
        sweep(self.root)
        sweep(path.parent)
        # The record comes first: should all end behind it, its face is out of date, and the next write makes it again.
        write_together([(path, record), (path.with_suffix(".md"), text), *index])
        self._last = (_mark(path), stored)
        return stored

    def _guard(self, worklog: Worklog, before: Worklog, *, force: bool) -> None:
        """Let nobody's words be written over: refuse, or keep a copy of the face."""
        face = self.face(worklog.id)
        if not os.path.lexists(face):
            return
        data = _read(face)
        found = _text(data)
        if self.faces.is_untouched(found):
            return
        if not force:
            difference = self.faces.difference(self.faces.make(before), found, face.name)
            raise FaceEditedError(
                f"{face}: was edited by hand; nothing was written\n{difference}",
                f"put what you want to keep elsewhere, or use --force, which keeps the edited file as {face.name}.bak",
            )
        write_atomic(free_name(face.with_name(face.name + ".bak")), data)

    def _index(self, changed: dict[str, Header]) -> list[tuple[Path, str | bytes]]:
        """The index page with the changed headers, when it is not that already."""
        path = index_path(self.root)
        if path is None or leads_out(path, self.root):
            return []
        headers = self._headers() | changed
        page = index_page(headers[worklog_id] for worklog_id in sorted(headers))
        return [] if path.exists() and _text(_read(path)) == page else [(path, page)]


def read_record(path: Path) -> Worklog:
    """Read a record from a file. Raises RecordError."""
    try:
        size = path.stat().st_size
        if size > MAX_RECORD:
            raise RecordError(f"{path}: larger than {MAX_RECORD // 1024**2} MiB", "this is no record that rca wrote")
        data = read_plain(path)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}", "check the path and the permissions") from error
    return parse_record(data, str(path))


def find_project(start: Path) -> Path:
    """The project that a folder belongs to: the nearest one above with a configuration, a repository or records; else itself."""
    for folder in (start, *start.parents):
        if any(os.path.exists(folder / name) for name in ("rca.toml", ".rca", ".git", "pyproject.toml")):
            return folder
    return start


def _mark(path: Path) -> tuple[str, int, int, int, int] | None:
    """What tells one state of a file from the next: every write makes a new file. None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _names(folder: Path) -> list[str]:
    """The names in a folder; none when there is no such folder."""
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RecordError(f"{folder}: cannot be read: {error.strerror}", "check the permissions") from error


def _nearest(name: str, ids: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, ids, n=1) or get_close_matches(name, [i[11:] for i in ids], n=1)
    return f"did you mean {close[0]}? `rca list` shows all" if close else "`rca list` shows what there is"


def _read(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}", "check the permissions") from error


def _text(data: bytes) -> str:
    """The text of a file as rca would write it: git may have changed the ends of its lines."""
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
