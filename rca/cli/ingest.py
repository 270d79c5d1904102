"""`rca ingest`: add a run to a worklog, with all that is known beside its reports."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rca.cli.common import Project, json_text, project, run_context, say, standard_input, write_out
from rca.cli.report import exit_code, tell
from rca.errors import RcaError
from rca.intake import Intake
from rca.lookup import Place, issues_and_rules, keep_issues, look_up
from rca.model import Context, KnownIssue, Worklog
from rca.sources.issues import read_issues
from rca.workflow import add_run, clock, explain_again, relative_to, take_in


def ingest(
    paths: list[str],
    name: str | None,
    config: Path | None,
    *,
    issues: str | None,
    said: dict[str, str | int | None],
    force: bool,
    form: str,
) -> int:
    """Add a run to a worklog; the reports are read, and all else is looked up, before the records are locked."""
    if not paths and issues is None:
        raise RcaError("no report was named", "give files or folders: `rca ingest PATH…`, or issues: `rca ingest --issues FILE`")
    here = project(config)
    worklog_id = here.archive.find(name)
    known = _read_issues(here, issues, paths)
    if not paths:
        return _match_again(here, worklog_id, known or [], force=force, form=form)
    done = add_reports(paths, here, worklog_id, said=said, known=known, force=force)
    if done.added is None:
        tell(done.worklog, done.intake, quiet=True)
    else:
        _tell(here, done.worklog, done.intake, added=done.added, form=form)
    return exit_code(done.worklog, done.intake)


@dataclass(frozen=True, slots=True)
class Added:
    """A worklog with a run that was read for it. added: False when it held the run already, None when nothing could be read."""

    worklog: Worklog
    intake: Intake
    added: bool | None


def add_reports(
    paths: list[str], here: Project, worklog_id: str, *, said: dict[str, str | int | None], known: list[KnownIssue] | None, force: bool
) -> Added:
    """Read reports and add them to a worklog as a run, with what is known beside them."""
    before = here.archive.load(worklog_id)
    intake = _take_in(paths, here, _with_environment(run_context(said, paths), before), before)
    if not intake.readable:
        return Added(before, intake, None)
    background, intake = look_up(
        _place(here), relative_to(intake, here.folder), worklog_id, now=clock(), issues=known, decisions=before.decisions
    )
    there: list[bool] = []

    def add(worklog: Worklog) -> Worklog:
        there.append(any(run.id == intake.run.id for run in worklog.runs))
        # A run that is there already is not added again, but what is known of it may be new.
        if there[-1] and known is not None:
            return explain_again(worklog, here.config, issues_and_rules(_place(here), known, worklog.decisions))
        return add_run(worklog, intake, here.config, background)

    stored = here.archive.change(worklog_id, add, force=force)
    return Added(stored, intake, not there[-1])


def _read_issues(here: Project, path: str | None, paths: list[str]) -> list[KnownIssue] | None:
    """The issues of a file, kept for later runs too."""
    if path is None:
        return None
    if path == "-" and "-" in paths:
        raise RcaError("-: reports and issues cannot both come from standard input", "name a file for one of them")
    found = read_issues(path, standard_input([path]))
    try:
        keep_issues(here.folder, found)
    except (RcaError, OSError) as error:
        say(f"rca: warning: the issues cannot be kept for later runs: {error}")
    say(f"rca: read {len(found):,} issue{'' if len(found) == 1 else 's'} from {path}")
    return found


def _take_in(paths: list[str], here: Project, context: Context, before: Worklog) -> Intake:
    from rca.terminal.progress import reading_progress

    stdin = standard_input(paths)
    with reading_progress(paths) as progress:
        return take_in(paths, here.config, context=context, stdin=stdin, progress=progress, now=clock(), rows=True, known=before.groups)


def _with_environment(context: Context, worklog: Worklog) -> Context:
    """A run of a worklog about an environment ran there, unless something else was said."""
    if context.environment or worklog.environment is None:
        return context
    return context.model_copy(update={"environment": worklog.environment.name})


def _place(here: Project) -> Place:
    return Place(here.folder, here.config, here.archive, os.environ)


def _match_again(here: Project, worklog_id: str, known: list[KnownIssue], *, force: bool, form: str) -> int:
    """Match the clusters that are there to issues that were just read."""

    def match(worklog: Worklog) -> Worklog:
        return explain_again(worklog, here.config, issues_and_rules(_place(here), known, worklog.decisions))

    stored = here.archive.change(worklog_id, match, force=force)
    face = here.archive.face(worklog_id)
    matched = sum(any(match.kind == "issue" for match in cluster.matches) for cluster in stored.clusters)
    if form == "json":
        write_out(json_text({"worklog": worklog_id, "issues": len(known), "clusters_matched": matched, "face": str(face)}), None)
    else:
        write_out(f"{face}\n", None)
    say(f"rca: {matched:,} of {len(stored.clusters):,} clusters resemble an issue")
    return 0


def _tell(here: Project, stored: Worklog, intake: Intake, *, added: bool, form: str) -> None:
    run, face = intake.run, here.archive.face(stored.id)
    if form == "json":
        facts = {"worklog": stored.id, "run": run.id, "added": added, "status": stored.status}
        write_out(json_text({**facts, "totals": run.totals.model_dump(), "face": str(face)}), None)
    else:
        write_out(f"{face}\n", None)
    tell(stored, intake, quiet=form == "json")
    say(f"rca: added {run.id} to {stored.id}" if added else f"rca: {run.id} was in {stored.id} already; nothing was added")
