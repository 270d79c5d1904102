"""Commands on stored worklogs: new, ingest, render, list, show."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rca.cli.common import face_of, project, say, write_out
from rca.cli.report import exit_code, tell
from rca.errors import RecordError
from rca.model import Previous, Worklog
from rca.workflow import add_run, clock, context_from, open_worklog, take_in
from rca.workflow import render as render_worklog


def new(title: str, config: Path | None, **header: str) -> int:
    """Open a worklog; prints the path of its face."""
    here = project(config)
    worklog = open_worklog(
        title,
        here.config,
        clock(),
        previous=_previous(here.archive, header.get("focus") or here.config.focus),
        **header,
    )
    stored = here.archive.add(worklog)
    path = here.archive.path(stored.id).with_suffix(".md")
    write_out(f"{path}\n", None)
    say(f"rca: opened {stored.id}; add a run with `rca ingest PATH…`")
    return 0


def _previous(archive: object, focus: str) -> Previous | None:
    """The newest worklog of the same focus."""
    from rca.archive.records import Archive

    assert isinstance(archive, Archive)
    for worklog_id in reversed(archive.ids()):
        try:
            record = archive.load(worklog_id)
        except RecordError:
            continue
        if record.focus == focus:
            overall = next((v for v in record.verdicts if v.criterion.scope == "overall"), None)
            return Previous(
                id=record.id,
                focus=focus,
                passed=overall.passed if overall else 0,
                executed=overall.executed if overall else 0,
            )
    return None


def ingest(
    paths: list[str],
    name: str | None,
    config: Path | None,
    *,
    commit: str | None,
    branch: str | None,
    force: bool,
    form: str,
) -> int:
    """Add a run to a worklog; the reports are read before the record is locked."""
    from rca.terminal.progress import reading_progress

    here = project(config)
    worklog_id = here.archive.find(name)
    before = here.archive.load(worklog_id)
    now = clock()
    with reading_progress(paths) as progress:
        intake = take_in(
            paths,
            here.config,
            context=context_from(os.environ, commit=commit, branch=branch),
            progress=progress,
            now=now,
        )
    if not intake.readable:
        tell(before, intake, quiet=True)
        return exit_code(before, intake)
    seen = any(run.id == intake.run.id for run in before.runs)
    stored = here.archive.change(worklog_id, lambda worklog: add_run(worklog, intake, here.config), force=force)
    tell(stored, intake, quiet=form == "json")
    path = here.archive.path(worklog_id).with_suffix(".md")
    if form == "json":
        write_out(
            json.dumps(
                {
                    "worklog": worklog_id,
                    "run": intake.run.id,
                    "added": not seen,
                    "status": stored.status,
                    "totals": intake.run.totals.model_dump(),
                    "face": str(path),
                },
                indent=2,
            )
            + "\n",
            None,
        )
    else:
        write_out(f"{path}\n", None)
    say(f"rca: {intake.run.id} was in {worklog_id} already; nothing was added" if seen else f"rca: added {intake.run.id} to {worklog_id}")
    return exit_code(stored, intake)


def render(
    name: str | None,
    form: str,
    output: Path | None,
    template: Path | None,
    config: Path | None,
    *,
    diff: bool,
    force: bool,
) -> int:
    """Write a worklog out."""
    here = project(config)
    worklog_id = here.archive.find(name)
    worklog = here.archive.load(worklog_id)
    if diff:
        difference = here.archive.face_difference(worklog)
        write_out(difference + "\n" if difference else "", None)
        return 1 if difference else 0
    if output is not None or form != "md" or template is not None:
        write_out(render_worklog(worklog, form, template), output)
        return 0
    here.archive.change(worklog_id, lambda record: record, force=force)
    write_out(f"{here.archive.path(worklog_id).with_suffix('.md')}\n", None)
    return 0


def list_all(form: str, config: Path | None) -> int:
    """List worklogs, newest first."""
    here = project(config)
    rows = [_summary(worklog_id, record) for worklog_id, record in here.archive.all()][::-1]
    if form == "json":
        write_out(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", None)
    elif not rows:
        say(f"rca: there is no worklog in {here.archive.root}; open one with `rca new TITLE`")
    else:
        write_out(_columns(rows), None)
    return 1 if any("error" in row for row in rows) else 0


def _summary(worklog_id: str, record: Worklog | RecordError) -> dict[str, object]:
    if isinstance(record, RecordError):
        return {"id": worklog_id, "error": record.message}
    overall = next((v for v in record.verdicts if v.criterion.scope == "overall"), None)
    return {
        "id": record.id,
        "title": record.title,
        "status": record.status,
        "focus": record.focus,
        "opened_at": record.model_dump(mode="json")["opened_at"],
        "passed": overall.passed if overall else 0,
        "executed": overall.executed if overall else 0,
        "clusters": sum(c.failing for c in record.clusters),
    }


def _columns(rows: list[dict[str, object]]) -> str:
    from rca.text.clean import one_line
    from rca.text.figures import rate

    lines = []
    for row in rows:
        if "error" in row:
            lines.append((str(row["id"]), "unreadable", "–", one_line(str(row["error"]), 80)))
        else:
            lines.append(
                (
                    str(row["id"]),
                    str(row["status"]),
                    rate(int(str(row["passed"])), int(str(row["executed"]))),
                    one_line(str(row["title"]), 60),
                )
            )
    widths = [max(len(line[index]) for line in lines) for index in range(3)]
    return "".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d}\n" for a, b, c, d in lines)


def show(name: str | None, form: str, config: Path | None) -> int:
    """Print a worklog; as Markdown it is the face that the record gives."""
    here = project(config)
    if name is not None and name.endswith(".json") and Path(name).is_file():
        from rca.archive.records import read_record

        worklog = read_record(Path(name))
    else:
        worklog = here.archive.load(here.archive.find(name))
    write_out(face_of(worklog) if form == "md" else render_worklog(worklog, form), None)
    return 0
