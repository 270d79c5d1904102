"""Where the reports of a command come from: paths, or the artifacts of a workflow run at GitHub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rca.cli.common import Project, say, words
from rca.errors import RcaError
from rca.sources.ci import context_from
from rca.sources.runs import said_beside
from rca.workflow import Intake, called

if TYPE_CHECKING:
    from rca.lookup.artifacts import Origin
    from rca.model import Context


@dataclass(frozen=True, slots=True)
class Source:
    """Where reports come from: paths, or a run of a workflow at GitHub.

    whole: the reports are of all tests that there are; those which they lack are gone.
    """

    paths: list[str]
    workflow_run: str = ""
    artifacts: tuple[str, ...] = ()
    workflow: str = ""
    ca_file: str = ""
    whole: bool = False


def check_source(source: Source) -> None:
    """Options that go together, and those that do not."""
    if source.paths and source.workflow_run:
        raise RcaError("--from-workflow: reports come from a workflow run or from paths, not from both", "add them one after the other")
    alone = {"--artifact": source.artifacts, "--workflow": source.workflow}
    if not source.workflow_run and (lost := next((option for option, value in alone.items() if value), None)):
        raise RcaError(f"{lost} belongs to --from-workflow", "say which run: `--from-workflow latest`, its number or its address")


Said = dict[str, str | int | None]


@contextmanager
def reports_of(here: Project, source: Source, said: Said, *, quiet: bool = False) -> Iterator[tuple[list[str], Origin | None, Said]]:
    """The paths of the reports, where they come from when they were downloaded, and what of the options is about the run itself.

    quiet: no progress is drawn.
    """
    if not source.workflow_run:
        yield source.paths, None, said
        return
    # Nothing of this is needed for reports on this disk.
    from rca.cli.github import reached
    from rca.github.settings import API, checked_url, web_host
    from rca.lookup.artifacts import Wanted, fetched, run_of
    from rca.terminal.progress import downloading

    host = web_host(checked_url(os.environ.get("GITHUB_API_URL", "") or API))
    repo, run, attempt = run_of(words(source.workflow_run), host)
    given = said.get("attempt")
    globs = tuple(words(glob) for glob in source.artifacts) or here.config.github.artifacts
    branch = words(str(said.get("branch") or ""))
    wanted = Wanted(run, globs, words(source.workflow), branch, given if isinstance(given, int) else attempt)
    # What these options ask for is known of the run better than they say it.
    rest: Said = {**said, "repo": None, "branch": None, "attempt": None}
    with reached(here, words(str(said.get("repo") or "")) or repo, ca_file=source.ca_file) as repository, ExitStack() as stack:
        with nullcontext(_unseen) if quiet else downloading() as progress:

            def tell(text: str) -> None:
                progress("", 0)
                say(f"rca: {text}")

            origin = stack.enter_context(fetched(repository, wanted, tell=tell, progress=progress))
        yield origin.paths, origin, rest


def _unseen(_name: str, _size: int) -> None:
    """What comes is not shown."""


def as_taken(intake: Intake, origin: Origin) -> Intake:
    """What was downloaded, under its name at GitHub and with what is missing of it."""
    intake = called(intake, origin.names)
    return replace(intake, run=intake.run.model_copy(update={"notes": (*intake.run.notes, *origin.notes)}))


def told_context(said: Said, origin: Origin) -> Context:
    """Where a run of GitHub ran: what was said on the command line, else what GitHub says, else what its reports say of themselves."""
    given = {name: words(value) if isinstance(value, str) else value for name, value in said.items() if value not in {"", None}}
    known = {name: value for name, value in origin.context.model_dump().items() if value is not None}
    return context_from({}, **{**said_beside(origin.paths), **known, **given})
