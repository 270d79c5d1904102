"""`rca publish pr`, `check` and `summary`: each as one function."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rca.cli.common import check_template, say, words
from rca.cli.publish.job import Common, Job, Report, carry_out, end, print_foreign, stamp
from rca.clock import clock
from rca.document.publish import check as check_of
from rca.document.publish import comment, job_summary
from rca.document.publish.groups import Groups
from rca.document.view import Facts
from rca.errors import RcaError
from rca.github import Connection, Repository
from rca.github.errors import AppOnlyError
from rca.github.who import Identity, who_am_i
from rca.publish.check import Name, publish_check
from rca.publish.choices import Mode, When
from rca.publish.comment import Wanted, publish_comment
from rca.publish.summary import LIMIT, VARIABLE, append_summary
from rca.publish.target import Target, find_target, is_offline
from rca.text import figures
from rca.text.clean import one_line

SETTLE = 1.0  # seconds between writing and looking again, at least
SETTLE_HERE = 0.02  # the same, where GitHub is on this machine
LONGEST = 10.0
NOBODY = Identity("", app=False)


@dataclass(frozen=True, slots=True)
class CommentOptions:
    """What can be said of the comment; what is not said is taken from the configuration."""

    pull: int | None = None
    key: str = ""
    mode: Mode | None = None
    when: When | None = None
    template: Path | None = None
    force: bool = False


def pr(common: Common, options: CommentOptions) -> int:
    """Publish the comment."""
    check_template(options.template, "md")
    job = Job.of(common)
    return carry_out(job, lambda repository: _comment(job, options, repository))


def _comment(job: Job, options: CommentOptions, repository: Repository) -> Report:
    target = find_target(repository, job.event, pull=options.pull, head=job.head)
    about = job.about(repository.name, target, options.key)
    facts: dict[str, object] = {"repository": repository.name, "pull_request": target.pull}
    if target.pull is None:
        return Report("none", job.state, "", notes=(f"{target.note}: there is nothing to comment on",), facts=facts)
    body = comment(job.facts, about, options.template)
    settings = job.here.config.github.comment
    when = options.when or When(settings.when)
    wanted = Wanted(
        body.text,
        shown=is_shown(when, job.state, job.facts),
        sometimes=when != When.always,
        mode=options.mode or Mode(settings.mode),
        force=options.force,
        now=stamp(clock()),
    )
    me = NOBODY if is_offline(repository) else who_am_i(repository)
    outcome = publish_comment(repository, target.pull, wanted, me, settle=moment(repository))
    removed = figures.count(outcome.removed, "comment of ours that said the same was", "comments of ours that said the same were")
    notes = (*filter(None, [target.note]), *([f"{removed} deleted"] if outcome.removed else []), *outcome.notes)
    facts |= {"left_out": list(body.left_out), "removed": outcome.removed}
    line = _SAID[outcome.done].format(f"{repository.name}#{target.pull}")
    return Report(outcome.done, job.state, line, one_line(outcome.url, 500), notes, facts)


_SAID = {
    "created": "wrote the comment on {}",
    "updated": "brought the comment on {} up to date",
    "unchanged": "left the comment on {} as it is: it says all this already",
    "left": "left the comment on {} as it is: it speaks of a later run, and --force writes over it",
    "folded": "folded the comment on {} away, or showed it again",
    "none": "wrote no comment on {}: there is nothing that --when asks for",
}


def is_shown(when: When, state: str, facts: Facts) -> bool:
    """Whether the comment is worth a reader's attention."""
    if when == When.always or state == "nothing":
        return True
    if when == When.failures:
        return state != "green"
    kinds = Groups(facts, pull_request=True).by_kind
    fixed = facts.run.history.fixed_count if facts.run and facts.run.history else 0
    return bool(kinds["broken"] or kinds["unknown"] or fixed)


def moment(repository: Repository) -> Callable[[], None]:
    """A moment between writing and looking again, in which another publisher is seen that looked before this one wrote.

    It takes longer than the way from looking to writing took here, since that may be as long elsewhere.
    """
    sender = repository.sender
    if not isinstance(sender, Connection):
        return lambda: None
    least = SETTLE_HERE if sender.settings.loopback else SETTLE
    began = time.monotonic()

    def settle() -> None:
        nonlocal began
        time.sleep(min(LONGEST, max(least, 2 * (time.monotonic() - began))))
        began = time.monotonic()

    return settle


# -- the check -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What can be said of the check; what is not said is taken from the configuration."""

    name: str = ""
    key: str = ""
    commit: str = ""
    pull: int | None = None
    force: bool = False


def check(common: Common, options: CheckOptions) -> int:
    """Publish the check run; with a token that may not, the comment or the job summary instead."""
    job = Job.of(common)
    return carry_out(job, lambda repository: _check(job, options, repository))


def _check(job: Job, options: CheckOptions, repository: Repository) -> Report:
    head = words(options.commit).lower() or job.head
    target = Target(options.pull or job.own_target.pull, head)
    about = job.about(repository.name, target, options.key)
    made = check_of(job.facts, about, job.tree())
    run = job.facts.run
    shown = words(options.name) or job.here.config.github.check.name
    full = shown if about.key == "default" else f"{shown} ({about.key})"
    name = Name(full, about.key, run.id if run else "", job.started, stamp(clock()))
    try:
        outcome = publish_check(repository, head, name, made, details_url=about.run_url, force=options.force)
    except AppOnlyError as error:
        return _without_an_app(job, options, repository, error)
    facts = {"repository": repository.name, "head": head, "name": name.name, "annotations": len(made.annotations)}
    line = _CHECKED[outcome.done].format(f"{one_line(name.name, 100)!r} on {repository.name}@{head[:12]}")
    return Report(outcome.done, job.state, line, one_line(outcome.url, 500), (), {**facts, "left_out": list(made.left_out)})


_CHECKED = {
    "created": "wrote the check {}",
    "updated": "brought the check {} up to date",
    "unchanged": "left the check {} as it is: it says all this already",
    "left": "left the check {} as it is: there is one of a later run, and --force writes another",
}


def _without_an_app(job: Job, options: CheckOptions, repository: Repository, error: AppOnlyError) -> Report:
    """The same as a comment; without a pull request, as the job summary."""
    say(f"rca: note: {error.message}; a comment is written instead")
    commented = _comment(job, CommentOptions(options.pull, options.key), repository)
    if commented.facts["pull_request"] is not None:
        return commented
    raise error


# -- the job summary -------------------------------------------------------------------------------------------------


def summary(common: Common, template: Path | None) -> int:
    """Append to the job summary; elsewhere than in GitHub Actions, print it."""
    check_template(template, "md")
    job = Job.of(common)
    try:
        repository = job.repository
    except RcaError:
        repository = ""  # nothing is linked then
    about = job.about(repository, job.own_target)
    path = os.environ.get(VARIABLE, "")
    done = "printed"
    if path and not common.dry_run:
        done, body = append_summary(Path(path), lambda room: job_summary(job.facts, about, template, room=room))
    else:
        body = job_summary(job.facts, about, template, room=LIMIT)
    if done == "printed" and common.form == "text":
        print_foreign(body.text)
    notes = () if path else (f"{VARIABLE} is not set, so the summary is printed",)
    facts = {"path": path or None, "bytes": len(body.text.encode()), "left_out": list(body.left_out)}
    facts |= {"body": body.text} if done == "printed" else {}
    line = {"written": "wrote the job summary", "unchanged": "left the job summary as it is: it says all this already", "printed": ""}[done]
    return end(job, Report(done, job.state, line, notes=notes, facts=facts))
