"""`rca verify`: the run after the fix comes into the worklog, and what was foretold is held against it."""

from __future__ import annotations

from pathlib import Path

from rca.analysis.verify import Change, changes
from rca.cli.common import Project, json_text, project, say, write_out
from rca.cli.ingest import Added, add_reports, prediction_document, prediction_lines
from rca.cli.report import exit_code, tell
from rca.cli.source import Source, check_source, reports_of
from rca.errors import RcaError
from rca.model import Worklog
from rca.sources.git import holds
from rca.text import figures
from rca.text.clean import one_line


def verify(source: Source, name: str | None, config: Path | None, *, said: dict[str, str | int | None], force: bool, form: str) -> int:
    """Add the run after the fix and judge by it, as its author says that it is that run; the same reports again judge again."""
    if not source.paths and not source.workflow_run:
        raise RcaError("no report was named", "give files or folders: `rca verify PATH…`, or a run: `rca verify --from-workflow RUN`")
    check_source(source)
    here = project(config)
    worklog_id = here.archive.find(name)
    with reports_of(here, source, said) as (paths, origin, told_of):
        done = add_reports(paths, here, worklog_id, said=told_of, known=None, force=force, stated=True, origin=origin, whole=source.whole)
    tell(done.worklog, done.intake, quiet=True)
    if done.added is None:
        return exit_code(done.worklog, done.intake, source)
    run, stored = done.intake.run.id, done.worklog
    notes = _notes(here, stored, done)
    for note in notes:
        say(f"rca: warning: {note}")
    told = changes(stored, run)
    if form == "json":
        write_out(json_text(_document(here, done, told, notes)), None)
    else:
        write_out("".join(f"{line}\n" for line in [*prediction_lines(done.told), *_lines(told)]), None)
    say(f"rca: {'added' if done.added else 'judged again by'} {run}; {stored.id} is {stored.status} now")
    held = all(part.prediction is None or part.prediction.verdict in {"confirmed", "not judged"} for part in stored.investigations)
    return exit_code(stored, done.intake, source) if held else 1


def _notes(here: Project, worklog: Worklog, done: Added) -> list[str]:
    """What makes a verdict doubtful."""
    notes = []
    run = done.intake.run
    if worklog.runs[-1].id != run.id:
        notes.append(f"{worklog.runs[-1].id} is a later run than {run.id}: what both executed counts as it came out in the later one")
    commits = [sha for fix in worklog.fixes for sha in fix.commits]
    if not worklog.fixes:
        notes.append("no fix is recorded: `rca fix` does that")
    elif run.context.commit and commits:
        try:
            lacks = not holds(here.folder, run.context.commit, commits)
        except RcaError:
            return notes  # another clone may know; the run counts all the same
        if lacks:
            notes.append(f"{run.context.commit[:12]}, on which it ran, does not hold all commits of the fix")
    return notes


def _lines(told: list[Change]) -> list[str]:
    lines = []
    for change in told:
        result = change.now
        rate = f"{figures.rate(result.passed, result.executed, result.criterion.threshold)}, needed {result.criterion.text}"
        was = f", was {change.was}" if change.was and change.was != result.state else ""
        lines.append(f"criterion {one_line(result.criterion.scope, 100)}: {result.state}{was}" + (f" ({rate})" if result.executed else ""))
    return lines


def _document(here: Project, done: Added, told: list[Change], notes: list[str]) -> dict[str, object]:
    worklog = done.worklog
    return {
        "worklog": worklog.id,
        "run": done.intake.run.id,
        "status": worklog.status,
        "predictions": [prediction_document(part) for part in done.told],
        "criteria": [{**change.now.model_dump(mode="json"), "was": change.was or None} for change in told],
        "warnings": notes,
        "face": str(here.archive.face(worklog.id)),
    }
