"""`rca report`: one shot from reports to a worklog on stdout."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from rca.cli.common import Project, check_template, project, run_context, say, standard_input, words, write_out
from rca.cli.source import Said, Source, as_taken, check_source, reports_of, told_context
from rca.errors import RcaError
from rca.model import Worklog
from rca.terminal.speak import looked_at
from rca.workflow import Intake, Progress, clock, render
from rca.workflow import report as make_report


def report(
    source: Source,
    form: str,
    output: Path | None,
    template: Path | None,
    config: Path | None,
    *,
    title: str,
    said: Said,
    quiet: bool,
) -> int:
    """Read, analyse, print; the exit code says whether the criteria hold."""
    check_template(template, form)
    if not source.paths and not source.workflow_run:
        raise RcaError("no report was named", "give files or folders: `rca report PATH…`, or a run: `rca report --from-workflow RUN`")
    check_source(source)
    worklog, intake = _make(project(config), source, said, words(title), quiet=quiet)
    if intake.readable or any(read.sha256 for read in intake.run.sources):
        write_out(render(worklog, form, template), output)
    tell(worklog, intake, quiet=quiet, after_document=output is None)
    if output is not None and str(output) != "-" and intake.readable and not quiet:
        say(f"rca: wrote {output}")
    return exit_code(worklog, intake, source)


def _make(here: Project, source: Source, said: Said, title: str, *, quiet: bool) -> tuple[Worklog, Intake]:
    with reports_of(here, source, said, quiet=quiet) as (paths, origin, told):
        stdin = standard_input(paths)
        with _progress(paths, quiet=quiet) as progress:
            if origin is None:
                context = run_context(told, paths)
                return make_report(paths, here.config, now=clock(), title=title, context=context, stdin=stdin, progress=progress)
            context = told_context(told, origin)
            taken = partial(as_taken, origin=origin)
            return make_report(paths, here.config, now=clock(), title=title, context=context, progress=progress, taken=taken)


def _progress(paths: list[str], *, quiet: bool) -> AbstractContextManager[Progress]:
    if quiet:
        return nullcontext(Progress())
    from rca.terminal.progress import reading_progress

    return reading_progress(paths)


def tell(worklog: Worklog, intake: Intake, *, quiet: bool, after_document: bool = False) -> None:
    """Say on stderr what is wrong with the inputs and, on a terminal, what came out."""
    from rca.terminal.summary import print_problems, print_summary

    print_problems(intake.problems)
    if not quiet and looked_at():
        print_summary(worklog, after_document=after_document)


def exit_code(worklog: Worklog, intake: Intake, source: Source) -> int:
    """2 when nothing could be read, 1 when criteria are unmet or inputs are incomplete, else 0."""
    if not intake.readable:
        say("rca: error: none of the inputs could be read as a report")
        ours = "name the files or folders into which your test runner writes JUnit XML"
        theirs = "name the artifacts that hold JUnit XML with --artifact, or run the workflow again"
        say(f"rca: next: {theirs if source.workflow_run else ours}")
        return 2
    incomplete = any(problem.severity == "error" for problem in intake.problems)
    met = all(verdict.state == "met" for verdict in worklog.verdicts)
    return 0 if met and not incomplete else 1
