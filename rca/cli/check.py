"""`rca check`: lint records, their faces, and Markdown worklogs that people wrote."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rca.archive.index import is_index
from rca.archive.records import MAX_RECORD, parse_record
from rca.cli.check_whys import CommitsHere, of_page, of_record
from rca.cli.common import face_of, json_text, project, say, write_out
from rca.document.check_face import check_face
from rca.document.check_record import check_record
from rca.document.check_text import check_text
from rca.document.findings import Finding
from rca.document.lines import json_lines, line_of
from rca.errors import RcaError, RecordError
from rca.files import leads_out, read_plain
from rca.model import Worklog
from rca.text.figures import count


def check(paths: list[Path] | None, form: str, config: Path | None) -> int:
    """Check the given paths, or all worklogs of the project; 1 when there is an error among the findings."""
    here = project(config)
    given = paths or [here.archive.root]
    if not paths and not given[0].is_dir():
        say(f"rca: there is no {given[0]} yet, so nothing was checked")
        return 0
    files = list(_files(given))
    commits = CommitsHere(here.folder)
    findings = [finding for path in files for finding in check_file(path, commits)]
    found = Counter(finding.severity for finding in findings)
    if form == "json":
        write_out(json_text([finding.as_dict() for finding in findings]), None)
    else:
        write_out("".join(finding.text() + "\n" for finding in findings), None)
    aside = f", {found['note']:,} set aside" if found["note"] else ""
    if commits.unjudged:
        say(f"rca: {commits.told()}")
    say(f"rca: checked {count(len(files), 'file')}: {count(found['error'], 'error')}, {count(found['warning'], 'warning')}{aside}")
    return 1 if found["error"] else 0


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from _below(path)
        elif path.is_file():
            yield path
        else:
            raise RcaError(f"{path}: there is no such file or folder", "name a record, a Markdown file or a folder of them")


def _below(folder: Path) -> Iterator[Path]:
    """The worklogs in a folder, in the order of their names; what is hidden, and the index, are none."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if path.suffix in {".json", ".md"} and not name.startswith(".") and name != "README.md" and not is_index(path):
                if leads_out(path, folder):
                    say(f"rca: warning: {path}: is a link that leads out of {folder}, and was not read")
                else:
                    yield path


def check_file(path: Path, commits: CommitsHere) -> list[Finding]:
    """Findings of one file: a record by its rules, a Markdown face against its record, other Markdown by its own lines."""
    text = _read(path)
    if isinstance(text, Finding):
        return [text]
    if path.suffix == ".json":
        return _check_json(path, text, commits)
    record = path.with_suffix(".json")
    if record.is_file():
        try:
            worklog = parse_record(read_plain(record), str(record))
        except (RecordError, OSError):
            return []  # the record itself is checked, and says more
        return check_face(text, face_of(worklog), str(path))
    return check_text(text, str(path), of_page)


def _read(path: Path) -> str | Finding:
    """The text of a file, or what is wrong with it as a file."""
    try:
        if path.stat().st_size > MAX_RECORD:
            return Finding(str(path), 1, "size", "error", "larger than any worklog", "")
        data = read_plain(path)
    except OSError as error:
        return Finding(str(path), 1, "unreadable", "error", f"cannot be read: {error.strerror}", "check the link and the permissions")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Finding(str(path), line, "encoding", "error", "is not UTF-8", "save it as UTF-8")


def _check_json(path: Path, text: str, commits: CommitsHere) -> list[Finding]:
    try:
        worklog = parse_record(text, str(path))
    except RecordError as error:
        return list(_schema_faults(error, text, path))
    from rca.analysis.assess import settle

    lines = json_lines(text)
    findings = check_record(worklog, str(path), lines, settle)
    findings += of_record(worklog, str(path), lines, commits)
    findings += _check_name(worklog, path)
    face = path.with_suffix(".md")
    if not face.is_file() and worklog.revision:
        findings.append(Finding(str(path), 1, "face", "error", f"its face {face.name} is missing", "write it with `rca render`"))
    return findings


def _check_name(worklog: Worklog, path: Path) -> list[Finding]:
    if worklog.revision and path.stem != worklog.id:
        return [
            Finding(
                str(path),
                1,
                "identity",
                "error",
                f"the file holds the worklog {worklog.id}",
                "name the file after the id",
            )
        ]
    return []


def _schema_faults(error: RecordError, text: str, path: Path) -> Iterator[Finding]:
    """Every place at which a record does not fit the schema."""
    from pydantic import ValidationError

    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError):
        yield Finding(str(path), cause.lineno, "schema", "error", f"not JSON: {cause.msg} (column {cause.colno})", error.hint)
        return
    message = error.message.removeprefix(f"{path}: ")
    if cause is None:
        yield Finding(str(path), line_of(json_lines(text), ("schema_version",)), "schema", "error", message, error.hint)
        return
    faults = cause.errors(include_url=False, include_input=False)[:50] if isinstance(cause, ValidationError) else []
    if not faults or faults[0]["type"] == "json_invalid":
        # No line is looked for in a document that no reader takes, such as one of a hundred thousand open brackets.
        yield Finding(str(path), 1, "schema", "error", message, error.hint)
        return
    lines = json_lines(text)
    for fault in faults:
        place = ".".join(str(part) for part in fault["loc"])
        yield Finding(
            str(path),
            line_of(lines, fault["loc"]),
            "schema",
            "error",
            f"{place}: {fault['msg']}",
            "`rca schema` prints the shape of a record",
        )
