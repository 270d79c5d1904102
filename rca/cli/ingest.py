"""`rca ingest`: add a run to a worklog, with all that is known beside its reports."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rca.analysis.verify import Results, Told
from rca.cli.common import Project, json_text, project, run_context, say, standard_input, write_out
from rca.cli.report import exit_code, tell
from rca.cli.source import Source, as_taken, check_source, reports_of, told_context
from rca.errors import RcaError
from rca.intake import Intake
from rca.lookup import Place, issues_and_rules, look_up
from rca.lookup.kept import Kept, counted, keep_issues
from rca.model import Context, Worklog
from rca.model.rows import Rows
from rca.sources.git import holds
from rca.sources.issues import read_issues
from rca.text import figures
from rca.text.clean import one_line
from rca.text.figures import count
from rca.workflow import add_run, clock, explain_again, has_predictions, judge_predictions, relative_to, take_in

if TYPE_CHECKING:
    from rca.lookup.artifacts import Origin

CASES_TOLD = 5  # that came out otherwise than foretold
OLD = 86_400.0  # seconds after which the age of kept issues is told


def ingest(
    source: Source,
    name: str | None,
    config: Path | None,
    *,
    issues: str | None,
    said: dict[str, str | int | None],
    force: bool,
    form: str,
) -> int:
    """Add a run to a worklog; the reports are read, and all else is looked up, before the records are locked."""
    _check(source, issues)
    here = project(config)
    worklog_id = here.archive.find(name)
    known = _read_issues(here, issues, source.paths)
    if not source.paths and not source.workflow_run:
        return _match_again(here, worklog_id, known or Kept([]), force=force, form=form)
    with reports_of(here, source, said) as (paths, origin, told):
        done = add_reports(paths, here, worklog_id, said=told, known=known, force=force, origin=origin, whole=source.whole)
    if done.added is None:
        tell(done.worklog, done.intake, quiet=True)
    else:
        _tell(here, done, form)
    return exit_code(done.worklog, done.intake, source)


def _check(source: Source, issues: str | None) -> None:
    ways = "give files or folders: `rca ingest PATH…`, a run: `rca ingest --from-workflow RUN`, or issues: `rca ingest --issues FILE`"
    if not source.paths and not source.workflow_run and issues is None:
        raise RcaError("no report was named", ways)
    check_source(source)


@dataclass(frozen=True, slots=True)
class Added:
    """A worklog with a run that was read for it, and what that said of its predictions.

    added: False when it held the run already, None when nothing could be read. widened: it was there, and is the whole from now on.
    """

    worklog: Worklog
    intake: Intake
    added: bool | None
    told: tuple[Told, ...] = ()
    widened: bool = False


def add_reports(
    paths: list[str],
    here: Project,
    worklog_id: str,
    *,
    said: dict[str, str | int | None],
    known: Kept | None,
    force: bool,
    stated: bool = False,
    origin: Origin | None = None,
    whole: bool = False,
) -> Added:
    """Read reports, add them to a worklog as a run with what is known beside them, and have it judge what was foretold.

    stated: a person says that it is the run after the fix. origin: of reports that were downloaded. whole: a person says that
    cases which it lacks are gone. The same reports again judge again, and add nothing.
    """
    before = here.archive.load(worklog_id)
    context = run_context(said, paths) if origin is None else told_context(said, origin)
    intake = _take_in(paths, here, _with_environment(context, before), before)
    intake = relative_to(intake, here.folder) if origin is None else as_taken(intake, origin)
    if not intake.readable:
        return Added(before, intake, None)
    background, intake = look_up(_place(here), intake, worklog_id, now=clock(), issues=known, decisions=before.decisions)
    evidence = Results(intake.rows or Rows(), _lacking(here, before, intake), stated=stated)
    there: list[bool] = []
    widened: list[bool] = []
    told: list[Told] = []

    def add(worklog: Worklog) -> Worklog:
        same = [run for run in worklog.runs if run.id == intake.run.id]
        there.append(bool(same))
        widened.append(whole and any(not run.whole for run in same))
        # A run that is there already is not added again, but what is known of it may be new.
        changed = add_run(worklog, intake, here.config, background, whole=whole)
        if there[-1] and known is not None:
            changed = with_issues(here, changed, known)
        changed, told[:] = judge_predictions(changed, intake.run.id, evidence)
        return changed

    stored = here.archive.change(worklog_id, add, force=force)
    return Added(stored, intake, not there[-1], tuple(told), widened[-1])


def _lacking(here: Project, worklog: Worklog, intake: Intake) -> frozenset[str]:
    """The commits of fixes that the commit of a run is known not to hold; a clone that lacks them does not know."""
    commit = intake.run.context.commit
    if not commit or not has_predictions(worklog):
        return frozenset()
    lacking: set[str] = set()
    for fix in worklog.fixes:
        with suppress(RcaError):
            lacking.update(() if holds(here.folder, commit, fix.commits) else fix.commits)
    return frozenset(lacking)


def _read_issues(here: Project, path: str | None, paths: list[str]) -> Kept | None:
    """The issues of a file, kept for later runs too."""
    if path is None:
        return None
    if path == "-" and "-" in paths:
        raise RcaError("-: reports and issues cannot both come from standard input", "name a file for one of them")
    found = read_issues(path, standard_input([path]))
    kept = Kept(found, counted(found, at=clock()))
    keep(here, kept)
    say(f"rca: read {count(len(found), 'issue')} from {path}")
    return kept


def keep(here: Project, kept: Kept) -> None:
    """Keep issues for later runs; that this fails must not keep anybody from using them now."""
    try:
        keep_issues(here.folder, kept)
    except (RcaError, OSError) as error:
        say(f"rca: warning: the issues cannot be kept for later runs: {error}")


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


def with_issues(here: Project, worklog: Worklog, kept: Kept) -> Worklog:
    """A worklog whose clusters are matched to issues that were just read."""
    return explain_again(worklog, here.config, issues_and_rules(_place(here), kept, worklog.decisions))


def matched(worklog: Worklog) -> int:
    """How many clusters resemble an issue."""
    return sum(any(match.kind == "issue" for match in cluster.matches) for cluster in worklog.clusters)


def _match_again(here: Project, worklog_id: str, known: Kept, *, force: bool, form: str) -> int:
    """Match the clusters that are there to issues that were just read."""
    stored = here.archive.change(worklog_id, lambda worklog: with_issues(here, worklog, known), force=force)
    face = here.archive.face(worklog_id)
    if form == "json":
        facts = {"worklog": worklog_id, "issues": len(known.issues), "clusters_matched": matched(stored), "face": str(face)}
        write_out(json_text(facts), None)
    else:
        write_out(f"{face}\n", None)
    say(f"rca: {matched(stored):,} of {len(stored.clusters):,} clusters resemble an issue")
    return 0


def _tell(here: Project, done: Added, form: str) -> None:
    stored, run, face = done.worklog, done.intake.run, here.archive.face(done.worklog.id)
    if form == "json":
        facts = {"worklog": stored.id, "run": run.id, "added": done.added, "status": stored.status}
        told = {"totals": run.totals.model_dump(), "predictions": [prediction_document(told) for told in done.told]}
        write_out(json_text({**facts, **told, "face": str(face)}), None)
    else:
        write_out(f"{face}\n", None)
    tell(stored, done.intake, quiet=form == "json")
    what = "it counts as the whole now" if done.widened else "nothing was added"
    say(f"rca: added {run.id} to {stored.id}" if done.added else f"rca: {run.id} was in {stored.id} already; {what}")
    for line in prediction_lines(done.told):
        say(f"rca: {line}")
    read = stored.issues_read
    if read is not None and read.repo and (age := (clock() - read.at).total_seconds()) > OLD:
        say(f"rca: note: its issues were read {figures.age(age)} ago; `rca issues` reads them anew")


def prediction_lines(told: Sequence[Told]) -> Iterator[str]:
    """What a run says of each prediction, then of the cases that came out otherwise than foretold."""
    for part in told:
        now = part.now
        if part.why_not:
            stays = "" if now.verdict == "not judged" else f"still {now.verdict}; "
            yield f"prediction {part.investigation}: {stays}not judged by this run: {part.why_not}"
            continue
        foretold = len(now.turns_green) + len(now.stays_red)
        was = f", was {part.before.verdict}" if part.before.verdict not in {now.verdict, "not judged"} else ""
        yield f"prediction {part.investigation}: {now.verdict}{was}: {len(now.right):,} of {count(foretold, 'case')} came out as foretold"
        told_of = [*now.wrong, *now.not_judged]
        yield from (f"    {one_line(cid, 160)}: {part.reasons[cid]}" for cid in told_of[:CASES_TOLD])
        if len(told_of) > CASES_TOLD:
            yield f"    and {len(told_of) - CASES_TOLD:,} more"


def prediction_document(told: Told) -> dict[str, object]:
    """The same for programs."""
    reasons = {cid: told.reasons[cid] for cid in (*told.now.wrong, *told.now.not_judged) if cid in told.reasons}
    was = told.before.verdict
    facts = {"investigation": told.investigation, **told.now.model_dump(mode="json"), "was": was, "judged": not told.why_not}
    return {**facts, "why_not_judged": told.why_not, "reasons": reasons}
