"""The records of a project: `worklogs/YYYY/YYYY-MM-DD-slug.json`, each with its Markdown face, and the index over them."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rca.archive.files import write_atomic
from rca.errors import FaceEditedError, RecordError
from rca.model import SCHEMA_VERSION, Worklog

MAX_RECORD = 512 * 1024**2
LOCK_SECONDS = 30
_ID = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80}")

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
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        place = f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is not UTF-8"
        raise RecordError(f"{name}{place}: not a JSON document: {reason}", "restore the record from git") from error
    except RecursionError as error:
        raise RecordError(f"{name}: nested too deeply for a record", "restore the record from git") from error
    document = _migrate(document, name)
    try:
        return Worklog.model_validate_json(json.dumps(document)) if MIGRATIONS else Worklog.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        shown = "; ".join(f"{'.'.join(str(p) for p in f['loc']) or 'record'}: {f['msg']}" for f in faults[:5])
        more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
        raise RecordError(
            f"{name}: not a worklog of schema {SCHEMA_VERSION}: {shown}{more}",
            "`rca check` names every place; `rca schema` prints the shape",
        ) from error


def _migrate(document: Any, name: str) -> dict[str, Any]:
    if not isinstance(document, dict) or not isinstance(document.get("schema_version"), int):
        raise RecordError(f"{name}: holds no worklog (there is no schema_version)", "name a record that rca wrote")
    version = document["schema_version"]
    if version > SCHEMA_VERSION:
        raise RecordError(
            f"{name}: was written by a newer rca (schema {version}, this one knows {SCHEMA_VERSION})",
            "upgrade rca; the record was not touched",
        )
    while version < SCHEMA_VERSION:
        if version not in MIGRATIONS:
            raise RecordError(f"{name}: schema {version} is not known", "restore the record from git")
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

    # -- reading -------------------------------------------------------------------------------------------------

    def path(self, worklog_id: str) -> Path:
        """Where the record of that id lies."""
        return self.root / worklog_id[:4] / f"{worklog_id}.json"

    def ids(self) -> list[str]:
        """All ids, oldest first."""
        if not self.root.is_dir():
            return []
        found = [path.stem for path in self.root.glob("[0-9][0-9][0-9][0-9]/*.json") if _ID.fullmatch(path.stem)]
        return sorted(found)

    def load(self, worklog_id: str) -> Worklog:
        """Read a record by its id."""
        return read_record(self.path(worklog_id))

    def all(self) -> Iterator[tuple[str, Worklog | RecordError]]:
        """Every record with its id, oldest first; one that cannot be read comes as its error."""
        for worklog_id in self.ids():
            try:
                yield worklog_id, self.load(worklog_id)
            except RecordError as error:
                yield worklog_id, error

    def find(self, name: str | None) -> str:
        """The id that a person means: a whole id, a unique part of one, or the current worklog when nothing is given."""
        if name is None:
            return self._current()
        ids = self.ids()
        if name in ids:
            return name
        hits = [worklog_id for worklog_id in ids if name in worklog_id]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise RecordError(f"{name!r} fits {len(hits)} worklogs: {', '.join(hits[-5:])}", "give more of the id")
        raise RecordError(f"there is no worklog {name!r} in {self.root}", "`rca list` shows what there is")

    def _current(self) -> str:
        pointer = self._state / "current"
        with contextlib.suppress(OSError, UnicodeDecodeError):
            name = pointer.read_text(encoding="utf-8").strip()
            if _ID.fullmatch(name) and self.path(name).is_file():
                return name
        raise RecordError("no worklog is open here", 'open one with `rca new "TITLE"`, or choose one with --worklog ID or RCA_WORKLOG')

    # -- writing -------------------------------------------------------------------------------------------------

    def add(self, worklog: Worklog) -> Worklog:
        """Store a new worklog under a free id and make it the current one; returns it as stored."""
        with self._locked():
            worklog_id, number = worklog.id, 1
            while self.path(worklog_id).exists() or self.path(worklog_id).with_suffix(".md").exists():
                number += 1
                worklog_id = f"{worklog.id[:86]}-{number}"
            stored = self._write(worklog.model_copy(update={"id": worklog_id}), force=False)
            self.choose(worklog_id)
            return stored

    def change(self, worklog_id: str, edit: Callable[[Worklog], Worklog], *, force: bool = False) -> Worklog:
        """Read, edit and write a record while nobody else can; nothing is written when nothing changes.

        Raises FaceEditedError, before anything is written, when the face was edited by hand and `force` is not given;
        with `force` the edited face is kept beside it.
        """
        with self._locked():
            before = self.load(worklog_id)
            after = edit(before)
            if after == before and self._face_is_current(before):
                return before
            return self._write(after, force=force, before=before)

    def choose(self, worklog_id: str) -> None:
        """Make a worklog the current one."""
        write_atomic(self._state / "current", worklog_id + "\n")

    def face_difference(self, worklog: Worklog) -> str:
        """How the stored face differs from the one that the record gives; empty when it does not."""
        path = self.path(worklog.id).with_suffix(".md")
        rendered = self.faces.make(worklog)
        found = _read_text(path) if path.exists() else ""
        return "" if found == rendered else self.faces.difference(rendered, found, path.name)

    def _face_is_current(self, worklog: Worklog) -> bool:
        path = self.path(worklog.id).with_suffix(".md")
        return path.exists() and _read_text(path) == self.faces.make(worklog)

    def _write(self, worklog: Worklog, *, force: bool, before: Worklog | None = None) -> Worklog:
        stored = worklog.model_copy(update={"revision": worklog.revision + 1})
        path = self.path(stored.id)
        face = path.with_suffix(".md")
        if face.exists():
            found = _read_text(face)
            if not self.faces.is_untouched(found):
                self._edited(face, found, before or worklog, force=force)
        text = self.faces.make(stored)
        write_atomic(path, stored.model_dump_json(indent=2) + "\n")
        write_atomic(face, text)
        self._write_index()
        return stored

    def _edited(self, face: Path, found: str, before: Worklog, *, force: bool) -> None:
        if not force:
            difference = self.faces.difference(self.faces.make(before), found, face.name)
            raise FaceEditedError(
                f"{face}: was edited by hand; nothing was written\n{difference}",
                f"put what you want to keep elsewhere, or use --force, which keeps the edited file as {face.name}.bak",
            )
        backup = _free_name(face.with_name(face.name + ".bak"))
        write_atomic(backup, found)

    def _write_index(self) -> None:
        write_atomic(self.root / "README.md", index_page(list(self.all())))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        try:
            self._state.mkdir(parents=True, exist_ok=True)
            ignore = self._state / ".gitignore"
            if not ignore.exists():
                write_atomic(ignore, "*\n")
            lock = FileLock(self._state / "records.lock", timeout=LOCK_SECONDS)
            with lock:
                yield
        except Timeout as error:
            raise RecordError(
                f"{self._state / 'records.lock'}: another rca has held the records for {LOCK_SECONDS} s",
                "wait for it to end, then try again",
            ) from error
        except PermissionError as error:
            raise RecordError(
                f"{error.filename or self._state}: permission denied", "check the permissions of the project folder"
            ) from error


def read_record(path: Path) -> Worklog:
    """Read a record from a file. Raises RecordError."""
    try:
        size = path.stat().st_size
        if size > MAX_RECORD:
            raise RecordError(f"{path}: larger than {MAX_RECORD // 1024**2} MiB", "this is no record that rca wrote")
        data = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}", "check the path and the permissions") from error
    return parse_record(data, str(path))


def index_page(records: list[tuple[str, Worklog | RecordError]]) -> str:
    """The page that lists all worklogs of a folder, newest first."""
    from rca.text.figures import rate
    from rca.text.safe import cell, inline, link

    lines = ["<!-- Made by rca from the records beside it; changes here are overwritten. -->", "# Worklogs", ""]
    if not records:
        return "\n".join([*lines, "None yet."]) + "\n"
    lines += ["| opened | worklog | status | passed | focus |", "|---|---|---|--:|---|"]
    for worklog_id, record in reversed(records):
        target = f"{worklog_id[:4]}/{worklog_id}.md"
        if isinstance(record, RecordError):
            lines.append(f"| {worklog_id[:10]} | {link(worklog_id, target)} | cannot be read | – | – |")
            continue
        overall = next((v for v in record.verdicts if v.criterion.scope == "overall"), None)
        passed = rate(overall.passed, overall.executed) if overall else "–"
        lines.append(
            f"| {worklog_id[:10]} | {cell(link(record.title, target))} | {record.status} | {passed} | {inline(record.focus) or '–'} |"
        )
    return "\n".join(lines) + "\n"


def find_project(start: Path) -> Path:
    """The project that a folder belongs to: the nearest one above with a configuration, a repository or records; else itself."""
    for folder in (start, *start.parents):
        if any((folder / name).exists() for name in ("rca.toml", ".rca", ".git", "pyproject.toml")):
            return folder
    return start


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}", "check the permissions") from error


def _free_name(path: Path) -> Path:
    number = 1
    candidate = path
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_name(f"{path.name}{number}")
    return candidate
