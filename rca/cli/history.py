"""`rca history` and `rca ingest --history-only`: look at the history, keep it small, and fill it from old reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rca.cli.common import Project, json_text, project, say, standard_input, words, write_out
from rca.cli.source import Said, Source, as_taken, check_source, reports_of, told_context
from rca.errors import HistoryError, RcaError
from rca.history import Store, append, open_store
from rca.history.overview import RepoOverview
from rca.intake import Intake, take_in
from rca.model import Problem
from rca.sources.runs import About, OldRun, about_run, find_runs
from rca.terminal.speak import looked_at
from rca.text.figures import count
from rca.workflow import clock

if TYPE_CHECKING:
    from rca.history.compact import Compacted
    from rca.lookup.artifacts import Origin

ACTIONS = ("show", "compact")


def history(action: str, config: Path | None, *, keep_months: int | None, form: str) -> int:
    """Say what is in the history, or compact it."""
    if action not in ACTIONS:
        raise RcaError(f"{action}: there is no such action", f"known: {', '.join(ACTIONS)}")
    here = project(config)
    store = _store(here)
    if action == "compact":
        return _compact(store, here.config.history.keep_months if keep_months is None else keep_months, form)
    if keep_months is not None:
        raise RcaError("--keep-months: belongs to `rca history compact`", "leave it out")
    return _show(store, form)


def _store(here: Project) -> Store:
    return open_store(here.config.history.store, here.folder, os.environ)


def _show(store: Store, form: str) -> int:
    from rca.history.overview import overview

    repos = overview(store)
    _warn(store)
    if form == "json":
        document = {"store": str(store.folder), "repositories": [_as_json(repo) for repo in repos], "problems": _problems(store)}
        write_out(json_text(document), None)
    elif repos:
        write_out(_table(repos), None)
    if not repos:
        say(f"rca: there is no history in {store.folder} yet; `rca ingest PATH…` begins one")
    elif form != "json":
        say(f"rca: the history is in {store.folder}")
    return 1 if store.problems else 0


def _as_json(repo: RepoOverview) -> dict[str, object]:
    newest: dict[str, object] | None = None
    if repo.newest is not None:
        run = repo.newest
        newest = {"run": run.run_hash, "at": _written(run.ref.at), "branch": run.branch, "commit": run.commit}
    return {
        "repository": repo.repo,
        "runs": repo.runs,
        "cases": repo.cases,
        "files": repo.files,
        "bytes": repo.size,
        "months": sorted(repo.months),
        "newest": newest,
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _table(repos: list[RepoOverview]) -> str:
    from rca.text.clean import one_line

    lines = [("runs", "cases", "files", "size", "months", "newest", "repository")]
    for repo in repos:
        months = sorted(repo.months)
        span = months[0] if len(months) == 1 else f"{months[0]}…{months[-1]}"
        newest = "" if repo.newest is None or repo.newest.ref.at is None else f"{repo.newest.ref.at:%Y-%m-%d %H:%M}"
        lines.append(
            (f"{repo.runs:,}", f"{repo.cases:,}", f"{repo.files:,}", _size(repo.size), span, newest, one_line(repo.repo or "(none)", 80))
        )
    widths = [max(len(line[index]) for line in lines) for index in range(6)]
    return "".join("  ".join([*(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=False)), line[6]]) + "\n" for line in lines)


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 999_500 else f"{size / 1e3:,.0f} kB"


def _compact(store: Store, keep_months: int, form: str) -> int:
    from rca.history.compact import compact

    done = compact(store, now=clock(), keep_months=keep_months)
    _warn(store)
    if form == "json":
        facts = {"runs": done.runs, "parts": done.parts, "removed": done.removed, "dropped": done.dropped}
        write_out(json_text({"store": str(store.folder), **facts, "problems": _problems(store)}), None)
    say(f"rca: {_in_words(done)}")
    return 1 if store.problems else 0


def _in_words(done: Compacted) -> str:
    said = []
    if done.parts:
        said.append(f"put {count(done.runs, 'run')} into {count(done.parts, 'part')}")
    if done.removed:
        said.append(f"removed {count(done.removed, 'file')} that an earlier compaction had left")
    if done.dropped:
        said.append(f"dropped {count(len(done.dropped), 'month')}: {', '.join(done.dropped[:12])}{' …' if len(done.dropped) > 12 else ''}")
    return "; ".join(said) or "there is nothing to compact"


def _warn(store: Store) -> None:
    if store.problems:
        from rca.terminal.summary import print_problems

        print_problems(store.problems)


def _problems(store: Store) -> list[dict[str, Any]]:
    return [problem.model_dump() for problem in store.problems]


# -- old reports ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Filled:
    """What became of the old runs."""

    added: int = 0
    known: int = 0
    unreadable: int = 0
    cases: int = 0
    runs: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """How old runs are read. about: where and when one ran. taken: says of what was read where it came from."""

    about: Callable[[OldRun], About]
    taken: Callable[[Intake], Intake]


def fill(source: Source, config: Path | None, *, said: Said, one_run: bool, form: str) -> int:
    """Put old runs into the history: each is stored when it has been read, so that a later call goes on where this one ended."""
    if not source.paths and not source.workflow_run:
        ways = "give files or folders: `rca ingest --history-only PATH…`, or a run: `rca ingest --history-only --from-workflow RUN`"
        raise RcaError("no report was named", ways)
    check_source(source)
    here = project(config)
    store = _store(here)
    store.prepare()
    said = {name: words(value) if isinstance(value, str) else value for name, value in said.items()}
    filled = Filled()
    with reports_of(here, source, said) as (paths, origin, told):
        runs = find_runs(paths, one_run=one_run) if origin is None else [OldRun(tuple(paths), origin.name)]
        _fill_all(store, here, runs, _reading(told, origin), filled)
    if form == "json":
        counts = {"added": filled.added, "known": filled.known, "unreadable": filled.unreadable, "cases": filled.cases}
        write_out(json_text({"store": str(store.folder), **counts, "runs": filled.runs}), None)
    if filled.unreadable == len(runs):
        return 2
    return 1 if filled.unreadable else 0


def _reading(said: Said, origin: Origin | None) -> Reading:
    if origin is None:
        return Reading(lambda run: about_run(run, said), lambda intake: intake)
    return Reading(lambda _run: About(told_context(said, origin), origin.at), lambda intake: as_taken(intake, origin))


def _fill_all(store: Store, here: Project, runs: list[OldRun], reading: Reading, filled: Filled) -> None:
    try:
        with _progress(len(runs)) as show:
            for run in runs:
                show(run)
                filled.runs.append(_fill_one(store, here, run, reading, filled))
    finally:
        say(f"rca: {_filled_in_words(filled, len(runs))}")


def _fill_one(store: Store, here: Project, run: OldRun, reading: Reading, filled: Filled) -> dict[str, object]:
    try:
        about = reading.about(run)
        stdin = standard_input(list(run.paths))
        intake = reading.taken(take_in(list(run.paths), here.config, context=about.context, stdin=stdin, rows=True))
        problems = intake.problems
        if intake.readable and intake.rows is not None:
            stored = append(store, intake.run, intake.rows, now=clock(), at=about.at)
            _tell_problems(problems)
            filled.added += stored.added
            filled.known += not stored.added
            filled.cases += stored.facts.cases * stored.added
            facts = {"run": stored.facts.run_hash, "added": stored.added, "at": _written(stored.facts.ref.at), "cases": stored.facts.cases}
            return {"path": run.name, **facts, "problems": [problem.model_dump() for problem in problems]}
        problems = problems or list(intake.run.problems)
    except HistoryError:
        raise
    except RcaError as error:
        problems = [Problem(code="run", severity="error", message=error.message, path=run.name, hint=error.hint)]
    _tell_problems(problems)
    filled.unreadable += 1
    return {"path": run.name, "run": None, "added": False, "problems": [problem.model_dump() for problem in problems]}


def _tell_problems(problems: list[Problem]) -> None:
    if problems:
        from rca.terminal.summary import print_problems

        print_problems(problems)


def _filled_in_words(filled: Filled, runs: int) -> str:
    said = [f"added {count(filled.added, 'run')} with {count(filled.cases, 'case')} to the history"]
    if filled.known:
        said.append(f"{filled.known:,} {'was' if filled.known == 1 else 'were'} there already")
    if filled.unreadable:
        said.append(f"{filled.unreadable:,} could not be read")
    left = runs - filled.added - filled.known - filled.unreadable
    if left:
        said.append(f"{left:,} not looked at; the same command goes on from here")
    return "; ".join(said)


@contextmanager
def _progress(runs: int) -> Iterator[Callable[[OldRun], object]]:
    """A bar on a terminal where there is more than one run; nothing anywhere else."""
    if runs < 2 or not looked_at() or os.environ.get("TERM") == "dumb":
        yield lambda _run: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rca.text.clean import one_line

    columns = (TextColumn("reading"), BarColumn(None), MofNCompleteColumn(), TimeRemainingColumn())
    name = TextColumn("{task.description}", markup=False)
    # No thread draws it: a process with threads cannot share out its work by forking.
    with Progress(*columns, name, console=Console(stderr=True), transient=True, expand=True, auto_refresh=False) as bar:
        task = bar.add_task("", total=runs)
        begun = [-1]

        def show(run: OldRun) -> None:
            begun[0] += 1
            bar.update(task, completed=begun[0], description=one_line(os.path.basename(run.name), 24))
            bar.refresh()

        yield show
