"""`rca publish issues`: what is planned is shown, a person agrees, each thing is done once, and the record learns of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rca.analysis.assess import settle as settled
from rca.causes.orders import Order, cluster_of, take
from rca.cli.boundary import fail
from rca.cli.common import check_template, say, words
from rca.cli.ingest import keep
from rca.cli.publish.commands import NOBODY, moment
from rca.cli.publish.job import Common, Job, Report, carry_out, end, harmless
from rca.errors import RcaError
from rca.github import Repository
from rca.github.errors import GitHubError
from rca.github.issues import known
from rca.github.shapes import Issue
from rca.github.who import who_am_i
from rca.lookup.kept import Kept, kept_issues
from rca.model import Cluster, Worklog
from rca.model import Issue as Listed
from rca.publish.filing import Templates
from rca.publish.filing import carry_out as do
from rca.publish.issues import OF_ONE, Desk, Step, chosen, plan
from rca.publish.target import is_offline
from rca.text import figures
from rca.text.clean import one_line
from rca.workflow import clock

AUTHOR = "rca publish issues"


@dataclass(frozen=True, slots=True)
class IssueOptions:
    """What can be said of the issues; what is not said is taken from the configuration."""

    clusters: tuple[str, ...] = ()
    every: bool = False
    limit: int = 10
    close_fixed: bool = False
    yes: bool = False
    force: bool = False
    template: Path | None = None


@dataclass(slots=True)
class Item:
    """A step, and what became of it."""

    step: Step
    done: bool = False
    issue: Issue | None = None
    error: str = ""

    def document(self) -> dict[str, Any]:
        """For programs."""
        issue = self.issue or self.step.issue
        facts = {"cluster": self.step.cluster.id, "act": self.step.act, "issue": issue.number if issue and issue.number else None}
        return {**facts, "url": one_line(issue.url, 500) if issue else "", "why": self.step.why, "done": self.done, "error": self.error}

    def line(self) -> str:
        """For people."""
        issue = self.step.issue
        subject = harmless(f"#{issue.number} {one_line(issue.title, 60)}" if issue else one_line(self.step.cluster.title, 60))
        why = f": {self.step.why}" if self.step.why else ""
        return f"{self.step.act:<9} {self.step.cluster.id:<4} {subject}{why}"


def issues(common: Common, options: IssueOptions) -> int:
    """Plan, ask, carry out."""
    check_template(options.template, "md")
    job = Job.of(common)
    clusters = _clusters(job, options)
    if not clusters:
        note = "no cluster needs an issue" if options.every else "no cluster has an issue that is accepted: name one, or say --all"
        return end(job, Report("unchanged", job.state, "", notes=(note,), facts={"steps": []}))
    if not common.dry_run:
        # Whether the record can be written is found out before anything is filed.
        job.here.archive.change(job.facts.worklog.id, lambda worklog: worklog, force=options.force)
    return carry_out(job, lambda repository: _published(job, options, clusters, repository), else_said=False)


def _clusters(job: Job, options: IssueOptions) -> list[Cluster]:
    """The clusters that are meant, those that matter most first."""
    if options.clusters:
        named = [cluster_of(job.facts.worklog, words(name)) for name in options.clusters]
        return list({cluster.id: cluster for cluster in named}.values())
    return chosen(job.facts.clusters, every=options.every)


def _published(job: Job, options: IssueOptions, clusters: Sequence[Cluster], repository: Repository) -> Report:
    me = NOBODY if is_offline(repository) else who_am_i(repository)
    about = replace(job.about(repository.name, job.own_target), pull_request=None)
    labels = job.here.config.github.issues.labels
    desk = Desk(repository, job.facts, about, me, labels, close_fixed=options.close_fixed, foreign=job.event.fork)
    steps, left = _limited(plan(desk, clusters, named=bool(options.clusters)), options)
    items = [Item(step) for step in steps]
    to_do = [item for item in items if item.step.act != "leave" or item.step.link]
    notes = [f"{figures.count(left, 'more cluster has', 'more clusters have')} no issue; --limit files more at once"] if left else []
    for item in items:
        if item.step.error is not None:
            _fail(item, item.step.error)
    _agree(job, options, items, to_do)
    for item in to_do:
        _do(job, desk, item, options)
    return _report(job, repository, items, notes)


def _limited(steps: Sequence[Step], options: IssueOptions) -> tuple[list[Step], int]:
    """A red run may have hundreds of clusters: nobody wants as many issues by one command."""
    kept, filed, left = [], 0, 0
    for step in steps:
        filed += step.act == "file"
        if step.act == "file" and filed > options.limit and not options.clusters:
            left += 1
        else:
            kept.append(step)
    return kept, left


def _agree(job: Job, options: IssueOptions, items: Sequence[Item], to_do: Sequence[Item]) -> None:
    """Show the plan, and go on when a person agrees. Raises RcaError when nobody does."""
    for item in items:
        if not item.error:
            say(item.line())
    if job.common.dry_run or options.yes or not to_do:
        return
    count = figures.count(len(to_do), "thing is", "things are")
    if sys.stdin is None or not sys.stdin.isatty():
        raise RcaError(f"{count} to be done, and nobody can be asked here; nothing was sent", "look at the plan, then say --yes")
    say(f"rca: {count} to be done; go on? [y/N]")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise RcaError("nothing was sent", "--yes does not ask")


def _do(job: Job, desk: Desk, item: Item, options: IssueOptions) -> None:
    """Do one step, and write what the record should know at once: whatever comes next may fail."""
    try:
        item.issue = do(desk, item.step, Templates(options.template), settle=moment(desk.repository))
    except OF_ONE as error:
        _fail(item, error)
        return
    item.done = True
    if item.issue is not None and not job.common.dry_run and (item.step.link or item.step.act in {"file", "reopen", "close"}):
        _record(job, item, item.issue, force=options.force)


def _fail(item: Item, error: GitHubError) -> None:
    item.error = error.message
    fail(f"{item.step.cluster.id}: {error.message}", error.hint)


# -- the record ------------------------------------------------------------------------------------------------------


def _record(job: Job, item: Item, issue: Issue, *, force: bool) -> None:
    """Let the record and the kept issues know of an issue. That it is the cluster's is a decision, which every later run meets."""
    found = known(issue)
    listed = Listed(number=found.number, title=found.title, state=issue.state, labels=found.labels, url=found.url)

    def edit(worklog: Worklog) -> Worklog:
        there = next((each for each in worklog.clusters if each.fingerprint == item.step.cluster.fingerprint), None)
        if there is None:
            return worklog
        before = next((each for each in worklog.issues if each.number == found.number), listed)
        now = before.model_copy(update={"state": issue.state, "clusters": tuple(dict.fromkeys([*before.clusters, there.id]))})
        others = tuple(each for each in worklog.issues if each.number != found.number)
        changed = worklog.model_copy(update={"issues": (*others, now)})
        if item.step.link or item.step.act == "file":
            order = Order("accept", there.id, other=found.ref, text=f"filed as {found.url}" if found.url else "filed")
            changed, _ = take(changed, order, at=clock(), author=os.environ.get("RCA_AUTHOR", "") or AUTHOR)
        return settled(changed)

    job.here.archive.change(job.facts.worklog.id, edit, force=force)
    try:
        kept = kept_issues(job.here.folder)
    except RcaError:
        return
    if kept is not None:
        keep(job.here, Kept([each for each in kept.issues if each.number != found.number] + [found], kept.about))


# -- what is said ----------------------------------------------------------------------------------------------------


def _report(job: Job, repository: Repository, items: Sequence[Item], notes: Sequence[str]) -> Report:
    failed = [item for item in items if item.error]
    urls = dict.fromkeys(one_line(item.issue.url, 500) for item in items if item.done and item.issue and item.issue.url)
    done = [item for item in items if item.done and item.step.act != "leave"]
    facts = {"repository": repository.name, "steps": [item.document() for item in items]}
    line = f"{figures.count(len(done), 'thing was', 'things were')} done" if done else "" if failed else "there was nothing to do"
    outcome = "failed" if failed else "done" if done else "unchanged"
    return Report(outcome, job.state, line, "\n".join(urls), tuple(notes), facts, failed=bool(failed))
