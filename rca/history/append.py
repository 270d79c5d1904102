"""Store a run: every case of it goes into one new file. Any number of processes may do so at once; none waits for another."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rca.failures.message import worst_failure
from rca.files import put_in_place
from rca.history.engine import RUN_GROUP, connected, faults, literal, parquet, query
from rca.history.facts import RunFacts, read_facts, unreadable, written
from rca.history.layout import (
    APPENDING,
    is_part_file,
    milliseconds_in,
    milliseconds_of,
    month_folder,
    read_run_file,
    repo_folder,
    run_file,
    run_id_of,
    seq_of,
    time_of,
)
from rca.history.store import Store, fault_of
from rca.model import Case, Run
from rca.model.rows import Pack, Rows, kept, milliseconds, named, number, place_line, quoted

if TYPE_CHECKING:
    import duckdb

MESSAGE = 2_000
FILE = 8 * 1024**2
Step = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Stored:
    """A run in the store; `added` is False when it was there before."""

    facts: RunFacts
    added: bool


def append(
    store: Store,
    run: Run,
    rows: Rows,
    *,
    now: datetime,
    at: datetime | None = None,
    step: Step = lambda _name: None,
) -> Stored:
    """Store a run with all its cases, once; the file takes its name only when it is complete and on the disk.

    at: when it ran, for one whose reports do not say; without it the run counts as made now. step: is called with the name of
    each step before the step is done. Raises HistoryError, and then nothing was stored.
    """
    store.prepare()
    with connected(threads=1) as connection, faults(store.folder, "the run cannot be stored", "nothing was stored"):
        known = _find(store, connection, run)
        if known is not None:
            return Stored(known, added=False)
        facts = _facts(store, connection, run, rows, now, at)
        folder = store.results / repo_folder(facts.repo) / month_folder(time_of(facts.ts))
        folder.mkdir(parents=True, exist_ok=True)
        step("make a folder")
        work = Path(tempfile.mkdtemp(prefix=APPENDING, dir=store.results))
        try:
            step("write the lines")
            lines = _write_lines(work, run, rows)
            step("make the file")
            _copy(connection, work, lines, facts)
            step("put it in place")
            put_in_place(work / "new.parquet", folder / run_file(facts.run_id, facts.run_hash, by_clock=facts.by_clock))
            step("tidy up")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Stored(facts, added=True)


def _find(store: Store, connection: duckdb.DuckDBPyConnection, run: Run) -> RunFacts | None:
    """The run as it is stored already: the same reports, and no word that they came from another commit, job or attempt."""
    repo = named(run.context.repo)
    paths = store.listed([store.results / repo_folder(repo)])
    name = run.id.removeprefix("run-")
    likely = [path for path in paths if is_part_file(path.name) or ((found := read_run_file(path.name)) and found.hash == name)]
    for path in likely:
        try:
            found_files = read_facts(connection, [path], containing=f'"{run.id}"')
        except unreadable():  # damaged, and named by whoever reads the history; or just compacted
            continue
        for facts in (facts for file in found_files for facts in file.runs):
            if facts.repo == repo and facts.may_be(run):
                return facts
    return None


def _facts(store: Store, connection: duckdb.DuckDBPyConnection, run: Run, rows: Rows, now: datetime, at: datetime | None) -> RunFacts:
    context = run.context
    moment = run.started_at or at
    # The clock may have been set back: a run made now is still the latest of those that only the clock has dated.
    ts = milliseconds_of(moment or now)
    if moment is None:
        ts = max(ts, _latest_by_clock(store, connection, named(context.repo)) + 1)
    identity = repr((run.id, context.commit, context.environment, context.job, context.attempt))
    run_id = run_id_of(ts, context.attempt, identity)
    return RunFacts(
        run_id=run_id,
        run_hash=run.id,
        seq=seq_of(run_id),
        ts=ts,
        repo=named(context.repo),
        branch=named(context.branch),
        commit=named(context.commit),
        environment=named(context.environment),
        attempt=context.attempt,
        job=named(context.job),
        url=named(context.url),
        by_clock=moment is None,
        cases=rows.count + len(run.cases),
        failing=len(run.cases),
    )


def _latest_by_clock(store: Store, connection: duckdb.DuckDBPyConnection, repo: str | None) -> int:
    paths = store.listed([store.results / repo_folder(repo)])
    named = [found for path in paths if (found := read_run_file(path.name))]
    parts = [path for path in paths if is_part_file(path.name) and not fault_of(connection, path)]
    stored = [run.ts for file in read_facts(connection, parts) for run in file.runs if run.by_clock]
    return max((*stored, *(milliseconds_in(found.run_id) for found in named if found.by_clock)), default=-1)


def _write_lines(work: Path, run: Run, rows: Rows) -> dict[str, list[str]]:
    """Write what the query reads; the paths of the files, by the names of its parameters."""
    places = Pack()
    failing = Pack()
    for case, category in zip(run.cases, rows.categories, strict=True):
        group = number("failing", category)
        place = number("failing", category, case.suite, case.classname)
        places.add(place_line(place, group, case.suite, case.classname))
        failing.add(_failing_line(place, case))
    groups = {**rows.groups, **{number("failing", category): category for category in rows.categories}}
    named_groups = (f"{key},{quoted(kept(name))}\n".encode("utf-8", "replace") for key, name in groups.items())
    return {
        "lines": _write(work, "lines", chain(rows.lines, failing)),
        "places": _write(work, "places", chain(rows.places, places)),
        "groups": _write(work, "groups", named_groups),
    }


def _failing_line(place: int, case: Case) -> str:
    worst = worst_failure(case)
    kind, message = (worst.type, worst.message) if worst else ("", "")
    texts = (case.name, kind, message[:MESSAGE], case.fingerprint or case.cause, case.cause)
    name, kind, message, fingerprint, cause = (quoted(text) for text in (kept(texts[0]), *texts[1:]))
    return f"{place},{case.outcome},{milliseconds(case.seconds)},{name},{kind},{message},{fingerprint},{cause}\n"


def _write(work: Path, name: str, pieces: Iterable[bytes]) -> list[str]:
    """Write lines to as many files as needed: DuckDB holds a file of lines in memory as a whole, but only one at a time."""
    paths: list[str] = []
    rest = iter(pieces)
    piece: bytes | None = next(rest, b"")
    while piece is not None:
        paths.append(str(work / f"{name}-{len(paths)}.csv"))
        size = 0
        with open(paths[-1], "wb") as stream:
            while piece is not None and size < FILE:
                size += stream.write(piece)
                piece = next(rest, None)
    return paths


def _copy(connection: duckdb.DuckDBPyConnection, work: Path, lines: dict[str, list[str]], facts: RunFacts) -> None:
    """Let DuckDB make the file of the lines. Its path is rca's own; everything else goes in as parameters."""
    values: dict[str, Any] = {name: getattr(facts, name) for name in _COLUMNS}
    values |= {"run_ts": time_of(facts.ts).replace(tzinfo=None), "repo_key": facts.repo or ""}
    values |= lines
    connection.execute("SET VARIABLE facts = $facts", {"facts": written([facts])})
    connection.execute(f"COPY ({query('append')}) TO {literal(work / 'new.parquet')} ({parquet(RUN_GROUP)})", values)


_COLUMNS = ("run_id", "run_hash", "seq", "repo", "branch", "commit", "environment", "attempt", "job")
