"""`rca report`: one shot from reports to a worklog on stdout."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rca.cli.common import check_template, project, run_context, say, standard_input, words, write_out
from rca.model import Worklog
from rca.terminal.speak import looked_at
from rca.workflow import Intake, Progress, clock, render
from rca.workflow import report as make_report


def report(
    paths: list[str],
    form: str,
    output: Path | None,
    template: Path | None,
    config: Path | None,
    *,
    title: str,
    said: dict[str, str | int | None],
    quiet: bool,
) -> int:
    """Read, analyse, print; the exit code says whether the criteria hold."""
    check_template(template, form)
    here = project(config)
    stdin = standard_input(paths)
    context = run_context(said, paths)
    with _progress(paths, quiet=quiet) as progress:
        worklog, intake = make_report(paths, here.config, now=clock(), title=words(title), context=context, stdin=stdin, progress=progress)
    if intake.readable or any(source.sha256 for source in intake.run.sources):
        write_out(render(worklog, form, template), output)
    tell(worklog, intake, quiet=quiet, after_document=output is None)
    if output is not None and str(output) != "-" and intake.readable and not quiet:
        say(f"rca: wrote {output}")
    return exit_code(worklog, intake)


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


def exit_code(worklog: Worklog, intake: Intake) -> int:
    """2 when nothing could be read, 1 when criteria are unmet or inputs are incomplete, else 0."""
    if not intake.readable:
        say("rca: error: none of the inputs could be read as a report")
        say("rca: next: name the files or folders into which your test runner writes JUnit XML")
        return 2
    incomplete = any(problem.severity == "error" for problem in intake.problems)
    met = all(verdict.state == "met" for verdict in worklog.verdicts)
    return 0 if met and not incomplete else 1
