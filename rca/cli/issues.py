"""`rca issues`: the issues of the repository come into the worklog, by rank, and clusters are matched to them."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rca.archive.lock import locked
from rca.causes.matching import ranked_issues
from rca.cli.common import Project, json_text, project, say, write_out
from rca.cli.github import reached
from rca.cli.ingest import keep, matched, with_issues
from rca.errors import RcaError
from rca.github import Repository
from rca.github.errors import GitHubError, RateLimitedError, ServerError, UnreachableError
from rca.lookup.issues import Asked, fetch, narrowed, pulls_of, stamp
from rca.lookup.kept import Kept, counted, kept_issues
from rca.model import Issue, IssuesRead, LinkedPull, Worklog
from rca.terminal.issues import counts, lines
from rca.terminal.progress import counting
from rca.terminal.speak import say_folded, terminal_width
from rca.text import figures
from rca.text.clean import one_line
from rca.workflow import clock

SKEW = 300  # seconds by which clocks may differ
# What makes the kept issues better than none; anything else the person must mend.
_PASSING = (UnreachableError, ServerError, RateLimitedError)


@dataclass(frozen=True, slots=True)
class Options:
    """How the command was called. pulls: of how many issues the pull requests are looked up."""

    worklog: str | None
    repo: str
    asked: Asked
    pulls: int = 20
    offline: bool = False
    ca_file: str = ""
    force: bool = False
    form: str = "text"


def issues(config: Path | None, options: Options) -> int:
    """Read, rank, match, keep, show."""
    here = project(config)
    worklog_id = _worklog(here, options.worklog)
    kept, source = (_offline(here, options), "kept") if options.offline else _read(here, options, worklog_id)
    stored = None
    if worklog_id is not None:
        stored = here.archive.change(worklog_id, lambda worklog: with_issues(here, worklog, kept), force=options.force)
    _show(here, kept, stored, options.form, source)
    return 0


def _worklog(here: Project, name: str | None) -> str | None:
    """The worklog that the issues go into; before the first one is open they are shown, and kept for later runs."""
    return here.archive.find(name) if name or here.archive.ids() else None


# -- at GitHub ------------------------------------------------------------------------------------------------------


def _read(here: Project, options: Options, worklog_id: str | None) -> tuple[Kept, str]:
    """The issues at GitHub, which are kept too; where GitHub does not answer, those that were kept before."""
    repo = ""
    try:
        with reached(here, options.repo, ca_file=options.ca_file) as repository:
            repo = repository.name
            with locked(here.folder / ".rca", "issues", what="the reading of issues", wait=0):
                kept = _fetch(here, repository, options)
                kept = _with_pulls(here, repository, kept, options, worklog_id)
                keep(here, kept)
    except GitHubError as error:
        return _instead(here, repo, options.asked, error), "kept"
    return kept, "github"


def _instead(here: Project, repo: str, asked: Asked, error: GitHubError) -> Kept:
    """What was kept, when GitHub does not answer; what a person can mend stays an error.

    Where nothing of what was kept fits, it says nothing: to empty the list of a worklog it takes GitHub.
    """
    before = _before(here, repo, asked)
    if before is None or before.about is None or not before.issues:
        raise error
    old = f"{figures.count(before.about.total, 'issue')} that {'was' if before.about.total == 1 else 'were'} read {_ago(before.about)}"
    if not isinstance(error, _PASSING):
        raise GitHubError(error.message, f"{error.hint}; or take the {old}, with --offline", status=error.status)
    say(f"rca: warning: {error.message}")
    say(f"rca: next: {error.hint}")
    say(f"rca: taking the {old}")
    return before


def _fetch(here: Project, repository: Repository, options: Options) -> Kept:
    so_far = 0

    def progress(count: int) -> None:
        nonlocal so_far
        so_far = count
        draw(count)

    with counting(f"reading the issues of {repository.name}") as draw:
        try:
            kept = fetch(repository, options.asked, here.folder, now=clock(), progress=progress)
        except (GitHubError, KeyboardInterrupt):
            if so_far:
                say(f"rca: {figures.count(so_far, 'issue was', 'issues were')} read; the same command goes on from there for an hour")
            raise
    for note in kept.notes:
        say_folded(f"rca: note: {note}", terminal_width())
    return kept


def _with_pulls(here: Project, repository: Repository, kept: Kept, options: Options, worklog_id: str | None) -> Kept:
    """The same with the pull requests of the issues that matter most; each costs a request."""
    clusters = with_issues(here, here.archive.load(worklog_id), kept).clusters if worklog_id is not None else ()
    ranked = ranked_issues(clusters, kept.issues, here.config.github.priorities)
    wanted = [issue.number for issue in ranked if issue.state == "open" or issue.clusters][: options.pulls]
    found: dict[int, tuple[LinkedPull, ...]] = {}
    failed: list[str] = []
    with counting(f"looking for pull requests of {figures.count(len(wanted), 'issue')}") as progress:
        for number in wanted:
            try:
                found[number] = pulls_of(repository, number)
            except GitHubError as error:
                failed.append(f"{error.message}; the pull requests of further issues are not looked up")
                say_folded(f"rca: warning: {failed[-1]}", terminal_width())
                break
            progress(len(found))
    kept = replace(kept, notes=(*kept.notes, *failed))
    return replace(kept, issues=[replace(issue, pulls=found.get(issue.number, ())) for issue in kept.issues])


# -- what was kept --------------------------------------------------------------------------------------------------


def _before(here: Project, repo: str, asked: Asked) -> Kept | None:
    """What can stand in for GitHub: issues of this repository, as far as they can be told apart without it."""
    try:
        kept = kept_issues(here.folder)
        if kept is None or kept.about is None or (repo and kept.about.repo.lower() not in {"", repo.lower()}):
            return None
        return _narrowed(kept, asked)
    except RcaError:
        return None


def _offline(here: Project, options: Options) -> Kept:
    kept = kept_issues(here.folder)
    if kept is None:
        raise RcaError("--offline: no issues were kept in this project yet", "read them once with `rca issues`")
    repo = kept.about.repo if kept.about else ""
    wanted = options.repo or here.config.github.repo
    if wanted and repo and wanted.lower() != repo.lower():
        raise RcaError(f"--offline: the issues that were kept are of {repo}, not of {one_line(wanted, 100)}", "read them without --offline")
    kept = _narrowed(kept, options.asked)
    when = f", read {_ago(kept.about)}" if kept.about else "; nothing says when they were read"
    say(f"rca: taking the issues that were kept{when}")
    return kept


def _narrowed(kept: Kept, asked: Asked) -> Kept:
    found = narrowed(kept.issues, asked)
    if kept.about is None:
        return Kept(found)
    words = " ".join(filter(None, dict.fromkeys((kept.about.asked, str(asked)))))
    complete = kept.about.complete and len(found) == len(kept.issues)
    return Kept(found, counted(found, at=kept.about.at, repo=kept.about.repo, asked=words, complete=complete))


def _ago(about: IssuesRead) -> str:
    age = (clock() - about.at).total_seconds()
    if age < -SKEW:
        return f"at {stamp(about.at)}, which is yet to come: a clock is wrong"
    return f"{figures.age(max(0.0, age))} ago"


# -- what is said ---------------------------------------------------------------------------------------------------


def _show(here: Project, kept: Kept, stored: Worklog | None, form: str, source: str) -> None:
    ranked = ranked_issues(stored.clusters if stored else (), kept.issues, here.config.github.priorities)
    open_ones = Counter(issue.priority for issue in ranked if issue.state == "open" and issue.priority)
    if form == "json":
        write_out(json_text(_document(here, kept, stored, ranked, source)), None)
    else:
        width = shutil.get_terminal_size((80, 24)).columns if sys.stdout is not None and sys.stdout.isatty() else None
        write_out("".join(f"{line}\n" for line in lines(ranked, now=clock(), width=width)), None)
    about = kept.about or counted(kept.issues, at=clock())
    say(f"rca: {counts(about, dict(sorted(open_ones.items())))}")
    if stored is None:
        say('rca: no worklog is open: they are kept for later runs; `rca new "TITLE"` opens one')
        return
    say(f"rca: {here.archive.face(stored.id)} lists {len(stored.issues):,} of them")
    if stored.clusters:
        say(f"rca: {matched(stored):,} of {len(stored.clusters):,} clusters resemble an issue")


def _document(here: Project, kept: Kept, stored: Worklog | None, ranked: Sequence[Issue], source: str) -> dict[str, object]:
    """What programs get; docs/issues.md describes it."""
    about = kept.about
    now = clock()
    return {
        "worklog": stored.id if stored else None,
        "face": str(here.archive.face(stored.id)) if stored else None,
        "source": source,
        "repo": about.repo if about else "",
        "read_at": stamp(about.at) if about else None,
        "age_seconds": int(max(0.0, (now - about.at).total_seconds())) if about else None,
        "asked": about.asked if about else "",
        "complete": about.complete if about else True,
        "notes": list(kept.notes),
        "clusters_matched": matched(stored) if stored else 0,
        "issues": [
            {"rank": rank, **issue.model_dump(mode="json"), "age_days": (now - issue.created_at).days if issue.created_at else None}
            for rank, issue in enumerate(ranked, 1)
        ],
    }


# -- what was typed -------------------------------------------------------------------------------------------------

_SPAN = re.compile(r"(\d{1,5})\s*([hdwmy])", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}


def moment(text: str, option: str, now: datetime) -> datetime | None:
    """A time that a person means: `2026-01-31`, `2026-01-31T12:00:00Z`, or so long ago, like `14d`. Raises RcaError."""
    if not text.strip():
        return None
    try:
        if match := _SPAN.fullmatch(text.strip()):
            return now - timedelta(hours=int(match[1]) * _HOURS[match[2].lower()])
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{option}: {one_line(text, 60)!r} is no time"
        raise RcaError(message, "write it like 2026-01-31, 2026-01-31T12:00:00Z, or 14d for 14 days ago (h, d, w, m, y)") from error
