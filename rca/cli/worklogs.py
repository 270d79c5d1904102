"""Commands on stored worklogs: new, ingest, render, list, show."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from rca.analysis.assess import settle
from rca.archive.headers import Header
from rca.archive.records import Archive, read_record
from rca.cli.common import check_template, face_of, json_text, project, say, words, write_out
from rca.errors import RcaError
from rca.model import Previous
from rca.workflow import clock, open_worklog
from rca.workflow import render as render_worklog


def new(title: str, config: Path | None, *, form: str, **header: str) -> int:
    """Open a worklog; prints the path of its face."""
    title = " ".join(words(title).split())
    if not title:
        raise RcaError("the title is empty", 'say what this is about: `rca new "Checkout fails on staging"`')
    here = project(config)
    header = {name: words(value) for name, value in header.items()}
    previous = _previous(here.archive, header["focus"] or here.config.focus)
    stored = here.archive.add(open_worklog(title, here.config, clock(), previous=previous, **header))
    face = here.archive.face(stored.id)
    if form == "json":
        write_out(json_text({"worklog": stored.id, "record": str(here.archive.path(stored.id)), "face": str(face)}), None)
    else:
        write_out(f"{face}\n", None)
    say(f"rca: opened {stored.id}; add a run with `rca ingest PATH…`")
    return 0


def _previous(archive: Archive, focus: str) -> Previous | None:
    """The newest worklog of the same focus."""
    for header in reversed(archive.headers()):
        if header.focus == focus and not header.error:
            return Previous(id=header.id, focus=focus, passed=header.passed, executed=header.executed)
    return None


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
    check_template(template, form)
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
    here.archive.change(worklog_id, settle, force=force)
    write_out(f"{here.archive.face(worklog_id)}\n", None)
    return 0


def list_all(form: str, config: Path | None) -> int:
    """List worklogs, newest first."""
    here = project(config)
    headers = here.archive.headers()[::-1]
    if form == "json":
        write_out(json_text([_row(header) for header in headers]), None)
    elif headers:
        write_out(_columns(headers), None)
    else:
        say(f'rca: there is no worklog in {here.archive.root}; open one with `rca new "TITLE"`')
    return 1 if any(header.error for header in headers) else 0


def _row(header: Header) -> dict[str, object]:
    if header.error:
        return {"id": header.id, "error": header.error}
    return {
        "id": header.id,
        "title": header.title,
        "status": header.status,
        "focus": header.focus,
        "opened_at": header.opened_at,
        "passed": header.passed,
        "executed": header.executed,
        "clusters": header.clusters,
    }


def _columns(headers: list[Header]) -> str:
    from rca.terminal.columns import cut
    from rca.text.clean import one_line
    from rca.text.figures import rate

    lines = []
    for header in headers:
        if header.error:
            lines.append((header.id, "unreadable", "–", one_line(header.error)))
        else:
            lines.append((header.id, header.status, rate(header.passed, header.executed), one_line(header.title)))
    widths = [max(len(line[index]) for line in lines) for index in range(3)]
    rows = (f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d}" for a, b, c, d in lines)
    if sys.stdout is not None and sys.stdout.isatty():
        # On a screen a line that wraps is harder to read than one that ends early; in a pipe nothing is cut.
        width = shutil.get_terminal_size().columns
        rows = (cut(row, width) for row in rows)
    return "".join(f"{row}\n" for row in rows)


def show(name: str | None, form: str, config: Path | None) -> int:
    """Print a worklog; as Markdown it is the face that the record gives."""
    here = project(config)
    if name is not None and name.endswith(".json") and Path(name).is_file():
        worklog = read_record(Path(name))
    else:
        worklog = here.archive.load(here.archive.find(name))
    write_out(face_of(worklog) if form == "md" else render_worklog(worklog, form), None)
    return 0
