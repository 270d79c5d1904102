"""`rca status`: what is deployed in the environment, and what went in lately, come from GitHub into the worklog."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rca.analysis.status import Outcome, Read, all_deployments, as_known, with_status
from rca.causes.deployed import differences, without_fix
from rca.cli.common import Project, json_text, project, say, words, write_out
from rca.cli.github import reached
from rca.errors import RcaError
from rca.github import Repository
from rca.lookup.status import Found, Place, environments, read_status, with_fixes
from rca.model import Deployment, RecentFix, Service, Worklog
from rca.terminal.columns import cells, cut
from rca.terminal.issues import short_age
from rca.terminal.progress import counting
from rca.terminal.speak import say_folded, terminal_width
from rca.text import figures
from rca.text.clean import one_line
from rca.workflow import clock, open_worklog

DAYS = 14  # before the last run, or before now
LISTED = 10
SERVICES = 20  # that have a repository or an environment of their own


@dataclass(frozen=True, slots=True)
class Options:
    """How the command was called. since: from when on what went in is read; None means two weeks before the last run."""

    worklog: str | None
    repo: str
    environment: str
    since: datetime | None
    limit: int = 20
    ca_file: str = ""
    force: bool = False
    form: str = "text"


def status(config: Path | None, options: Options) -> int:
    """Read, bring into the worklog, show."""
    here = project(config)
    worklog_id = here.archive.find(options.worklog) if options.worklog or here.archive.ids() else None
    # Without a worklog it is shown as one would hold it.
    before = here.archive.load(worklog_id) if worklog_id is not None else open_worklog("status", here.config, clock())
    with reached(here, options.repo, ca_file=options.ca_file) as repository:
        environment = _environment(here, before, options, repository)
        found = _read(here, before, options, repository, environment)
    read = Read(clock(), found.services, found.deployments, found.recent)
    outcomes: list[Outcome] = []

    def bring_in(worklog: Worklog) -> Worklog:
        outcomes.append(with_status(worklog, read, here.config))
        return outcomes[-1].worklog

    stored = bring_in(before) if worklog_id is None else here.archive.change(worklog_id, bring_in, force=options.force)
    told = Told(repository.name, environment, read, stored, worklog_id, [*found.notes, *outcomes[-1].notes])
    _show(here, told, options.form)
    return 0


def _environment(here: Project, worklog: Worklog, options: Options, repository: Repository) -> str:
    """The environment that is meant: said, configured, that of the worklog, else the only one there is."""
    known = worklog.environment.name if worklog.environment else ""
    name = words(options.environment) or here.config.github.environment or known
    if name:
        return name
    there = environments(repository)
    if len(there) == 1:
        return there[0]
    shown = f"{repository.name} has {figures.sentence_list(there)}" if there else f"{repository.name} has none"
    raise RcaError("no environment: nothing says which one is meant", f"name it with --env NAME; {shown}")


def _read(here: Project, before: Worklog, options: Options, repository: Repository, environment: str) -> Found:
    last = before.runs[-1].started_at if before.runs else None
    since = options.since or (last or clock()) - timedelta(days=DAYS)
    places = _places(before, repository, environment)
    with counting(f"asking {repository.name} what is deployed to {environment}") as progress:
        found = read_status(places, since=since, back_to=last, limit=options.limit, progress=progress)
        found.services, found.deployments = as_known(before.services, found.services, found.deployments)
        found.deployments = with_fixes(all_deployments(before.deployments, found.deployments), before.fixes, repository, here.folder)
    return found


def _places(worklog: Worklog, repository: Repository, environment: str) -> list[Place]:
    """The environment in the repository, and those that services have of their own."""
    main = Place(repository, environment)
    own = [
        Place(Repository(repository.sender, service.repo) if service.repo else repository, service.environment or environment, service.role)
        for service in worklog.services
        if service.repo or service.environment
    ]
    named = [place for place in own if place.repository.name.lower() != repository.name.lower() or place.environment != environment]
    mine = next((place for place in own if place not in named), main)
    return [mine, *named[:SERVICES]]


# -- what is said ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say."""

    repo: str
    environment: str
    read: Read
    worklog: Worklog
    worklog_id: str | None
    notes: Sequence[str]


def _show(here: Project, told: Told, form: str) -> None:
    stored = told.worklog
    warnings = [*told.notes, *differences(stored)]
    if missing := without_fix(stored):
        warnings.append(missing)
    if form == "json":
        write_out(json_text(_document(here, told, warnings)), None)
    else:
        width = shutil.get_terminal_size((80, 24)).columns if sys.stdout is not None and sys.stdout.isatty() else None
        write_out("".join(f"{line}\n" for line in _lines(told, width)), None)
    for warning in warnings:
        say_folded(f"rca: warning: {warning.rstrip('.')}", terminal_width())
    if told.worklog_id is None:
        say('rca: no worklog is open: nothing was stored; `rca new "TITLE"` opens one')
    else:
        say(f"rca: {here.archive.face(stored.id)} has it now")


def _lines(told: Told, width: int | None) -> Iterator[str]:
    now = told.read.at
    yield f"{told.environment} of {told.repo}"
    live = {(service.repo, service.environment, service.commit) for service in told.read.services}
    yield from _table([_service(service, now) for service in told.read.services], width)
    for step in told.read.deployments:
        newer = all(step.at and service.deployed_at and step.at > service.deployed_at for service in told.read.services)
        if step.state != "done" and newer and (step.repo, step.environment, step.commit) not in live:
            yield f"  {step.name}: {step.state}{f', {_ago(step.at, now)}' if step.at else ''}"
    shown = told.read.recent[:LISTED]
    if shown:
        yield "went in lately"
        yield from _table([_fix(fix, now) for fix in shown], width)
    if len(told.read.recent) > LISTED:
        yield f"  and {len(told.read.recent) - LISTED:,} more; --format json lists all"


def _service(service: Service, now: datetime) -> tuple[str, ...]:
    since = f"since {service.deployed_at:%Y-%m-%d %H:%M} UTC" if service.deployed_at else ""
    return service.role, service.revision, since, short_age(service.deployed_at, now), service.health


def _fix(fix: RecentFix, now: datetime) -> tuple[str, ...]:
    state = {True: "deployed", False: "not deployed", None: ""}[fix.deployed]
    return fix.ref, short_age(fix.at, now), state, fix.text


def _ago(at: datetime, now: datetime) -> str:
    return f"{figures.age(max(0.0, (now - at).total_seconds()))} ago"


def _table(rows: Sequence[tuple[str, ...]], width: int | None) -> Iterator[str]:
    """Rows in columns, the last of which gives way."""
    rows = [tuple(one_line(part, 300) for part in row) for row in rows]
    filled = [column for column in range(len(rows[0])) if any(row[column] for row in rows)] if rows else []
    widths = {column: max(cells(row[column]) for row in rows) for column in filled}
    for row in rows:
        line = "  " + "  ".join(row[column] + " " * (widths[column] - cells(row[column])) for column in filled)
        yield (line if width is None else cut(line, width)).rstrip()


def _document(here: Project, told: Told, warnings: Sequence[str]) -> dict[str, object]:
    """What programs get; docs/status.md describes it."""

    def dumped(parts: Sequence[Service] | Sequence[Deployment] | Sequence[RecentFix]) -> list[dict[str, object]]:
        return [part.model_dump(mode="json") for part in parts]

    return {
        "worklog": told.worklog_id,
        "face": str(here.archive.face(told.worklog_id)) if told.worklog_id is not None else None,
        "status": told.worklog.status if told.worklog_id is not None else None,
        "repo": told.repo,
        "environment": told.environment,
        "services": dumped(told.worklog.services),
        "deployments": dumped(told.worklog.deployments),
        "recent_fixes": dumped(told.read.recent),
        "differences": differences(told.worklog),
        "warnings": list(warnings),
    }
