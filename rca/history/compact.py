"""Compaction and retention: the runs of a closed month go into few large files, and months that are too old go away.

A part is written beside what goes into it and names it; then it takes its place, and only then its inputs are removed. From the
moment on at which the part is in place readers ignore the inputs, and before that they ignore the part. So a crash at any point
neither loses nor doubles a row, and the next compaction finishes what one left.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rca.errors import HistoryError
from rca.files import put_in_place
from rca.history.engine import PART_GROUP, connected, faults, literal, parquet, view
from rca.history.facts import FileFacts, read_facts, unreadable, written
from rca.history.layout import APPENDING, COMPACTING, DROPPING, MONTH, is_part_file, month_folder, part_file
from rca.history.store import Store, counted, names_in

if TYPE_CHECKING:
    import duckdb

PART_CASES = 10_000_000
SMALL_CASES = 1_000_000
LOCK_SECONDS = 10.0
# An append takes seconds; what is older was left by a process that died.
LEFT_BEHIND = timedelta(hours=1)
Step = Callable[[str], object]


@dataclass(slots=True)
class Compacted:
    """What a compaction did. runs: how many went into how many new parts; dropped: months that were too old."""

    runs: int = 0
    parts: int = 0
    removed: int = 0
    dropped: list[str] = field(default_factory=list)


def compact(store: Store, *, now: datetime, keep_months: int = 0, step: Step = lambda _name: None) -> Compacted:
    """Compact all closed months of all repositories, after dropping those that are older than the months to keep.

    keep_months: beside the current month; 0 keeps all. step: is called with the name of each step before the step is done.
    Raises HistoryError; what is stored stays complete then.
    """
    done = Compacted()
    if not store.exists():
        return done
    state = "nothing that is stored was lost; run `rca history compact` again"
    with _alone(store), connected() as connection, faults(store.folder, "the history cannot be compacted", state):
        _sweep(store, now, step)
        if keep_months:
            _drop(store, _month_before(_reference(store, now), keep_months), done, step)
        for repo in store.repos():
            for name in names_in(repo):
                if MONTH.fullmatch(name) and name < month_folder(now):
                    _compact_month(store, connection, repo / name, done, step)
    return done


@contextlib.contextmanager
def _alone(store: Store) -> Iterator[None]:
    """One compaction at a time; the system frees the lock when its holder dies."""
    from filelock import FileLock, Timeout

    lock = FileLock(store.results / "compact.lock", timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise HistoryError(f"{store.folder}: another compaction is at work", "wait until it is done; nothing was changed") from error
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"{store.folder}: the history cannot be locked: {reason}"
        raise HistoryError(message, "check the permissions of the history; nothing was changed") from error
    try:
        yield
    finally:
        lock.release()


def _sweep(store: Store, now: datetime, step: Step) -> None:
    """Remove what processes that died have left: all of compactions, since this is the only one, and old rests of appends."""
    for name in names_in(store.results):
        path = store.results / name
        old = name.startswith(APPENDING) and _is_old(path, now)
        if old or name.startswith((COMPACTING, DROPPING)):
            step(f"sweep {name}")
            shutil.rmtree(path, ignore_errors=True)


def _is_old(path: Path, now: datetime) -> bool:
    with contextlib.suppress(OSError):
        return now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > LEFT_BEHIND
    return False


def _reference(store: Store, now: datetime) -> datetime:
    """From when on months are counted back: now, but no later than the newest month that is stored.

    A clock that runs ahead must not empty the store.
    """
    months = [match["month"] for repo in store.repos() for name in names_in(repo) if (match := MONTH.fullmatch(name))]
    newest = max((month for month in months if month <= f"{now.astimezone(UTC):%Y-%m}"), default="")
    return datetime.fromisoformat(f"{newest}-01T00:00:00+00:00") if newest else now


def _month_before(moment: datetime, months: int) -> str:
    """The month that lies so many before the one of a moment."""
    index = moment.year * 12 + moment.month - 1 - months
    return f"{max(index, 0) // 12:04}-{max(index, 0) % 12 + 1:02}"


def _drop(store: Store, first: str, done: Compacted, step: Step) -> None:
    """Take away whole months: each leaves its place at once, and is removed then."""
    for repo in store.repos():
        for name in names_in(repo):
            match = MONTH.fullmatch(name)
            if match and match["month"] < first:
                step(f"drop {name}")
                bin_ = Path(tempfile.mkdtemp(prefix=DROPPING, dir=store.results))
                os.replace(repo / name, bin_ / name)
                step(f"remove {name}")
                shutil.rmtree(bin_, ignore_errors=True)
                done.dropped.append(f"{repo.name}/{name}")


def _compact_month(store: Store, connection: duckdb.DuckDBPyConnection, month: Path, done: Compacted, step: Step) -> None:
    """Compact one month; damaged files are left where they are, and everything else is done without them."""
    paths = sorted(path for path in store.listed([month.parent]) if path.parent == month)
    while len(paths) > 1:
        try:
            _compact_files(store, connection, read_facts(connection, paths), done, step)
        except unreadable() as error:
            paths = [path for path in paths if path.exists()]
            damaged = store.damaged(connection, paths, error)
            paths = [path for path in paths if path not in damaged]
        else:
            return


def _compact_files(store: Store, connection: duckdb.DuckDBPyConnection, files: list[FileFacts], done: Compacted, step: Step) -> None:
    live = counted(files)
    left = [file for file in files if file not in live]
    if left:
        _remove(connection, left, live, step)
        done.removed += len(left)
    small = sorted((file for file in live if _cases(file) < SMALL_CASES), key=lambda file: file.runs[0].seq)
    for batch in _batches(small):
        if len(batch) > 1:
            part = _write_part(store, connection, batch, step)
            _remove(connection, batch, [part], step)
            done.runs += sum(len(file.runs) for file in batch if not is_part_file(file.path.name))
            done.parts += 1


def _remove(connection: duckdb.DuckDBPyConnection, files: Sequence[FileFacts], instead: Sequence[FileFacts], step: Step) -> None:
    """Remove files whose runs are in others, once all rows of these others were read."""
    with view(connection, [str(file.path) for file in instead]):
        connection.execute("SELECT count(COLUMNS(*)) FROM facts").fetchall()
    for file in files:
        step(f"remove {file.path.name}")
        os.unlink(file.path)


def _batches(files: Sequence[FileFacts]) -> Iterator[list[FileFacts]]:
    """Files in order, as many together as make one part."""
    batch: list[FileFacts] = []
    for file in files:
        if batch and sum(map(_cases, batch)) + _cases(file) > PART_CASES:
            yield batch
            batch = []
        batch.append(file)
    yield batch


def _cases(file: FileFacts) -> int:
    return sum(run.cases for run in file.runs)


def _write_part(store: Store, connection: duckdb.DuckDBPyConnection, files: Sequence[FileFacts], step: Step) -> FileFacts:
    runs = sorted((run for file in files for run in file.runs), key=lambda run: (run.seq, run.run_id))
    inputs = sorted(file.path.name for file in files)
    step("write a part")
    work = Path(tempfile.mkdtemp(prefix=COMPACTING, dir=store.results))
    try:
        connection.execute("SET VARIABLE facts = $facts", {"facts": written(runs, inputs)})
        new = work / "new.parquet"
        with view(connection, [str(file.path) for file in files]):
            connection.execute(f"COPY (SELECT * FROM facts) TO {literal(new)} ({parquet(PART_GROUP)})")  # noqa: S608 -- a path of our own
        path = files[0].path.parent / part_file(runs[0].run_id, runs[-1].run_id, inputs)
        step("put the part in place")
        put_in_place(new, path)
        step("leave the folder of work")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return read_facts(connection, [path])[0]
