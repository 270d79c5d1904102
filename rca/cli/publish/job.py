"""What the commands of `rca publish` have in common: the worklog, the way to GitHub or its rehearsal, and what is said in the end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from rca.cli.common import Project, json_text, project, say, words, write_out
from rca.cli.github import reached
from rca.document.publish import About, Tree, annotate, echoed, job_summary, workflow_commands
from rca.document.publish.about import is_address
from rca.document.publish.verdict import state_of
from rca.document.view import Facts
from rca.errors import RcaError
from rca.github import Rehearsal, Repository, connect, settings_from
from rca.github.errors import NoTokenError, ReadOnlyTokenError, UnreachableError
from rca.github.request import Request
from rca.github.settings import API, checked_url, web_host
from rca.lookup.repository import repository_name
from rca.publish.place import Links, about_of, in_actions
from rca.publish.rehearse import document, lines
from rca.publish.summary import VARIABLE, append_summary
from rca.publish.target import NO_EVENT, Target, head_of, is_read_only
from rca.sources.ci_event import Event, read_event
from rca.sources.git import files_of
from rca.text import figures
from rca.workflow import facts_of


@dataclass(frozen=True, slots=True)
class Common:
    """What can be said to all of these commands."""

    worklog: str | None = None
    config: Path | None = None
    repo: str = ""
    link: str = ""
    ca_file: str = ""
    form: str = "text"
    dry_run: bool = False
    fail_on_criteria: bool = False


@dataclass(frozen=True)
class Job:
    """What is to be published, and from where."""

    common: Common
    here: Project
    facts: Facts
    event: Event

    @classmethod
    def of(cls, common: Common) -> Job:
        """Read the worklog and the event."""
        if common.link and not is_address(words(common.link)):
            raise RcaError("--link: is no address of a page", "give it like https://example.com/worklogs/today.html")
        here = project(common.config)
        worklog = here.archive.load(here.archive.find(common.worklog))
        return cls(common, here, facts_of(worklog), read_event(os.environ) or NO_EVENT)

    @property
    def head(self) -> str:
        """The commit that the results speak of; empty when it is not known."""
        run = self.facts.run
        return head_of(self.event, (run.context.commit or "") if run else "", os.environ)

    @cached_property
    def repository(self) -> str:
        """The name of the repository that is meant."""
        host = web_host(checked_url(os.environ.get("GITHUB_API_URL", "") or API))
        return repository_name(words(self.common.repo), self.here.config, os.environ, self.here.folder, host)

    @property
    def own_target(self) -> Target:
        """Where it goes as far as that is known without asking."""
        return Target(self.event.pulls[0] if self.event.pulls else None, self.head)

    def about(self, repository: str, target: Target, key: str = "") -> About:
        """What the bodies say of where they go."""
        links = Links(words(self.common.link), str(self.here.archive.face(self.facts.worklog.id)))
        return about_of(os.environ, repository, target, links, key=words(key) or self.here.config.github.comment.key)

    def tree(self) -> Tree:
        """The files of the repository, in which the paths of the reports are found."""
        files, prefix = files_of(self.here.folder)
        return Tree(frozenset(files), os.environ.get("GITHUB_WORKSPACE", ""), prefix)

    @property
    def state(self) -> str:
        """How it came out: green, red, or nothing."""
        return state_of(self.facts)

    @property
    def started(self) -> str:
        """When the last run began, as marks have it; empty when it is not known."""
        run = self.facts.run
        return stamp(run.started_at) if run and run.started_at else ""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it.

    state: of the worklog. line: for people. url: of what was written. facts: more for programs. strict: the exit code says whether
    the criteria are met, whatever was asked for. failed: a part of it could not be done.
    """

    done: str
    state: str
    line: str
    url: str = ""
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    strict: bool = False
    failed: bool = False


Publish = Callable[[Repository], Report]


def stamp(moment: datetime) -> str:
    """A time as marks have it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def carry_out(job: Job, publish: Publish, *, else_said: bool = True) -> int:
    """Do it, or rehearse it, print what came of it, and return the exit code.

    else_said: with a token that may only read, it is said in the log and in the job summary.
    """
    common = job.common
    if common.dry_run:
        report, requests = _rehearsed(job, publish)
        return end(job, report, requests)
    try:
        with reached(job.here, words(common.repo), ca_file=common.ca_file, read_only=is_read_only(job.event, os.environ)) as repository:
            report = publish(repository)
    except ReadOnlyTokenError as error:
        if not else_said:
            raise
        report = without_a_token(job, error)
    return end(job, report)


def _rehearsed(job: Job, publish: Publish) -> tuple[Report, Sequence[Request]]:
    """What would be done: what is there is read; without a token or a network, it is done as if nothing were there."""
    try:
        settings = settings_from(os.environ, ca_file=job.common.ca_file, read_only=is_read_only(job.event, os.environ))
        with connect(settings, tell=lambda text: say(f"rca: {text}")) as connection:
            rehearsal = Rehearsal(connection)
            return publish(Repository(rehearsal, job.repository)), rehearsal.asked
    except (NoTokenError, UnreachableError) as error:
        say(f"rca: note: {error.message}; this is what would be sent if nothing were there yet")
        rehearsal = Rehearsal()
        return publish(Repository(rehearsal, job.repository)), rehearsal.asked


def end(job: Job, report: Report, requests: Sequence[Request] = ()) -> int:
    """Print what came of it, and return the exit code."""
    common = job.common
    for note in report.notes:
        say(f"rca: note: {note}")
    if common.form == "json":
        facts = {"worklog": job.facts.worklog.id, "done": report.done, "state": report.state, "url": report.url, **report.facts}
        rehearsed = {"dry_run": True, "requests": document(requests)} if common.dry_run else {}
        print_json({**facts, "notes": list(report.notes), **rehearsed})
    elif common.dry_run:
        print_foreign("".join(f"{line}\n" for line in lines(requests)))
    elif report.url:
        write_out(f"{report.url}\n", None)
    if common.dry_run and requests:
        say("rca: dry run: nothing was sent that writes")
    elif report.line:
        say(f"rca: {report.line}")
    if report.failed:
        return 2
    return 1 if (common.fail_on_criteria or report.strict) and report.state != "green" else 0


def harmless(text: str) -> str:
    """A line for people that holds foreign text, without the commands that GitHub Actions takes anywhere in a line."""
    return text.replace("##[", "#\u200b#[")


def print_json(facts: dict[str, Any]) -> None:
    """Print facts for programs. GitHub Actions reads standard output for commands, and takes one form of them anywhere in a line."""
    write_out(json_text(facts).replace("##[", "#\\u0023["), None)


def print_foreign(text: str) -> None:
    """Print a text that holds what tests printed; in GitHub Actions no line of it is taken for a command."""
    write_out(echoed(text, secrets.token_hex(16)) if in_actions(os.environ) else text, None)


# -- without a token that may write ----------------------------------------------------------------------------------


def without_a_token(job: Job, error: RcaError) -> Report:
    """For a pull request from a fork: annotations by commands in the log, and the job summary; the exit code says the rest."""
    about = job.about(job.repository, job.own_target)
    say(f"rca: note: {error.message}")
    notes = annotate(job.facts, about, job.tree())
    commands = workflow_commands(notes)
    text = "".join(f"{line}\n" for line in commands)
    if job.common.form == "text":
        write_out(text, None)
    elif text:
        say(text.rstrip("\n"))  # the runner reads stderr for commands too
    path = os.environ.get(VARIABLE, "")
    written = append_summary(Path(path), lambda room: job_summary(job.facts, about, room=room))[0] if path else ""
    what = [figures.count(len(commands), "annotation"), *(["the job summary"] if written else [])]
    facts = {"pull_request": about.pull_request, "annotations": len(commands), "summary": written or None}
    line = f"wrote {figures.sentence_list(what)} instead; the exit code says whether the criteria are met"
    return Report("commands", job.state, line, facts=facts, strict=True)
