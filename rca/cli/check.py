"""`rca check`: lint records, their faces, and Markdown worklogs that people wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rca.archive.records import MAX_RECORD, parse_record
from rca.cli.common import face_of, project, say, write_out
from rca.document.check_face import check_face
from rca.document.check_record import check_record
from rca.document.check_text import check_text
from rca.document.findings import Finding
from rca.document.lines import json_lines, line_of
from rca.errors import RcaError, RecordError
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
    findings = [finding for path in files for finding in check_file(path)]
    errors = sum(finding.severity == "error" for finding in findings)
    if form == "json":
        write_out(json.dumps([finding.as_dict() for finding in findings], indent=2, ensure_ascii=False) + "\n", None)
    else:
        write_out("".join(finding.text() + "\n" for finding in findings), None)
    say(f"rca: checked {count(len(files), 'file')}: {count(errors, 'error')}, {count(len(findings) - errors, 'warning')}")
    return 1 if errors else 0


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p
                for p in path.rglob("*")
                if p.suffix in {".json", ".md"} and p.is_file() and not p.name.startswith(".") and p.name != "README.md"
            )
        elif path.is_file():
            yield path
        else:
            raise RcaError(f"{path}: there is no such file or folder", "name a record, a Markdown file or a folder of them")


def check_file(path: Path) -> list[Finding]:
    """Findings of one file: a record by its rules, a Markdown face against its record, other Markdown by its own lines."""
    if path.stat().st_size > MAX_RECORD:
        return [Finding(str(path), 1, "size", "error", "larger than any worklog", "")]
    text, wrong = _read(path)
    if wrong:
        return [Finding(str(path), wrong, "encoding", "error", "is not UTF-8", "save it as UTF-8")]
    if path.suffix == ".json":
        return _check_json(path, text)
    record = path.with_suffix(".json")
    if record.is_file():
        try:
            worklog = parse_record(record.read_bytes(), str(record))
        except RecordError:
            return []  # the record itself is checked, and says more
        return check_face(text, face_of(worklog), str(path))
    return check_text(text, str(path))


def _read(path: Path) -> tuple[str, int]:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig"), 0
    except UnicodeDecodeError as error:
        return "", data.count(b"\n", 0, error.start) + 1


def _check_json(path: Path, text: str) -> list[Finding]:
    lines = json_lines(text)
    try:
        worklog = parse_record(text, str(path))
    except RecordError as error:
        return list(_schema_faults(error, text, path, lines))
    from rca.analysis.assess import settle

    findings = check_record(worklog, str(path), lines, settle)
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


def _schema_faults(error: RecordError, text: str, path: Path, lines: dict[tuple[str | int, ...], int]) -> Iterator[Finding]:
    """Every place at which a record does not fit the schema."""
    from pydantic import ValidationError

    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError):
        yield Finding(str(path), cause.lineno, "schema", "error", f"not JSON: {cause.msg} (column {cause.colno})", error.hint)
    elif isinstance(cause, ValidationError):
        for fault in cause.errors(include_url=False, include_input=False)[:50]:
            place = ".".join(str(part) for part in fault["loc"])
            yield Finding(
                str(path),
                line_of(lines, fault["loc"]),
                "schema",
                "error",
                f"{place}: {fault['msg']}",
                "`rca schema` prints the shape of a record",
            )
    else:
        yield Finding(str(path), line_of(lines, ("schema_version",)), "schema", "error", error.message, error.hint)
