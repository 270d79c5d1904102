"""Read all reports behind the given paths into one run: find, read, count, group.

Many reports are read by several processes, each a stretch of them in order; what they counted is added up in that same
order, so that the result does not depend on how many there were.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from rca.analysis.assemble import assemble, category_names
from rca.analysis.grouping import beginnings
from rca.analysis.recorder import Recorder
from rca.analysis.tally import Rules, Tally
from rca.config import Config
from rca.model import Cluster, Context, NamedGroup, Problem, Run, Source, Totals
from rca.model.rows import Rows
from rca.sources.inputs import find_reports
from rca.sources.interface import Reading, Report
from rca.sources.junit import read_junit
from rca.sources.parts import HEAD_START, cut
from rca.sources.producers import tries_of

PARALLEL_FROM_FILES = 16
PARALLEL_FROM_BYTES = 16 * 1024**2
MOST_PROCESSES = 8
SPLIT_FROM_BYTES = 32 * 1024**2
MANY_OBJECTS = 50_000
DIGEST_PIECE = 1024**2

Found = Report | Problem


@dataclass(slots=True)
class Progress:
    """What is told to the person who waits: a new report begins, so many bytes were read."""

    report: Callable[[str, int], None] = lambda _path, _size: None
    read: Callable[[int], None] | None = None


@dataclass(slots=True)
class Intake:
    """Everything that came out of reading: the run, its clusters, whether anything could be read at all, and the rows if asked for."""

    run: Run
    clusters: tuple[Cluster, ...]
    readable: int
    problems: list[Problem] = field(default_factory=list)
    rows: Rows | None = None
    groups: tuple[NamedGroup, ...] = ()


@dataclass(slots=True)
class Batch:
    """What was read of a stretch of the inputs."""

    sources: list[Source]
    readings: list[Reading]
    tally: Tally

    def absorb(self, other: Batch) -> None:
        """Take in what was read of the stretch behind this one."""
        self.sources += other.sources
        self.readings += other.readings
        self.tally.absorb(other.tally)


def take_in(
    paths: list[str],
    config: Config,
    *,
    context: Context | None = None,
    stdin: IO[bytes] | None = None,
    progress: Progress | None = None,
    now: datetime | None = None,
    rows: bool = False,
    known: Sequence[NamedGroup] = (),
) -> Intake:
    """Read all reports behind the paths into one run. Problems are values of the run, never exceptions.

    rows: whether to keep every result, which the history needs and nothing else. known: how categories without a configuration
    were named before.
    """
    rules = Rules(config)
    tally = (Recorder if rows else Tally)(rules)
    with _without_collector():
        batch = _read_everything(find_reports(paths, stdin), tally, config, progress or Progress())
    times = _times(batch.readings)
    names = category_names(batch.tally, rules, known)
    run, clusters = assemble(batch.tally, rules, batch.sources, names=names, context=context or Context(), times=times, recorded_at=now)
    problems = [problem for problem in run.problems if problem.severity != "note"]
    kept = batch.tally.rows(names) if isinstance(batch.tally, Recorder) else None
    return Intake(run, clusters, len(batch.readings), problems, kept, () if rules.categories else beginnings(names))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Reading makes many objects and no cycles: looking for garbage meanwhile costs a tenth and finds none.

    Where very many came together, they are left out of all later looks too: they stay to the end.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY_OBJECTS:
            gc.freeze()
        if was_on:
            gc.enable()


def _read_everything(found: Iterable[Found], tally: Tally, config: Config, progress: Progress) -> Batch:
    """Read what is found; plain files in numbers are collected first and shared out among processes."""
    waiting: list[Found] = []
    batch = Batch([], [], tally)
    for item in found:
        if isinstance(item, Problem) or item.plain:
            waiting.append(item)
            continue
        # A member of an archive, or a stream, must be read while it is at hand.
        _read_shared(waiting, batch, config, progress)
        waiting = []
        _read_into(batch, item, config, progress)
    _read_shared(waiting, batch, config, progress)
    return batch


def _read_into(batch: Batch, item: Found, config: Config, progress: Progress, *, alone: bool = False) -> None:
    """Read one input; a large one in parts, but only while no other process reads: else their number would multiply."""
    if isinstance(item, Problem):
        batch.sources.append(Source(path=item.path, problems=(item,)))
        return
    progress.report(item.path, item.size)
    if alone and item.plain and item.size >= SPLIT_FROM_BYTES and _read_in_parts(batch, item, config, progress):
        return
    reading, tally = _read(item, batch.tally, config, progress)
    if not reading.is_report and not item.explicit:
        reading.problems = [_passed_over(problem) for problem in reading.problems]
    batch.sources.append(_source(item, reading, tally))
    if reading.is_report:
        batch.tally.absorb(tally)
        batch.readings.append(reading)


def _read(report: Report, whole: Tally, config: Config, progress: Progress) -> tuple[Reading, Tally]:
    attempts: list[Tally] = []

    def fresh() -> Tally:
        attempts.append(type(whole)(whole.rules, whole))
        return attempts[-1]

    reading, _ = read_junit(report, fresh, zone=config.zone, progress=progress.read)
    return reading, attempts[-1]


def _passed_over(problem: Problem) -> Problem:
    """An .xml file in a folder that is no report is worth a note, not an error: nobody named it."""
    if problem.code == "not-junit":
        return problem.model_copy(update={"severity": "note", "hint": ""})
    return problem


def _source(report: Report, reading: Reading, tally: Tally) -> Source:
    return Source(
        path=report.path,
        sha256=reading.sha256,
        size=reading.size,
        producer=reading.producer,
        totals=tally.totals(),
        problems=tuple(reading.problems),
    )


def _times(readings: Iterable[Reading]) -> tuple[datetime | None, datetime | None, bool]:
    known = [(r.started_at, r.finished_at, r.zone_assumed) for r in readings if r.started_at and r.finished_at]
    if not known:
        return None, None, False
    return min(k[0] for k in known), max(k[1] for k in known), any(k[2] for k in known)


# -- several processes ---------------------------------------------------------------------------------------------


def _read_shared(items: list[Found], batch: Batch, config: Config, progress: Progress) -> None:
    """Read a stretch of plain files, with helpers when it is long; this process reads the first part itself."""
    mine, *others = _shares(items)
    with _helpers(others, config, type(batch.tally)) as helpers:
        for item in mine:
            _read_into(batch, item, config, progress, alone=not others)
        for helper in helpers:
            batch.absorb(helper.result(batch.tally.rules))


def _read_in_parts(batch: Batch, report: Report, config: Config, progress: Progress) -> bool:
    """Read one large report in parts, each in a process of its own; False when that cannot be done or tells less.

    A part that has any problem is one that was cut wrongly, or one whose problem must be placed in the whole report.
    """
    parts = cut(report, _processes()) if _may_fork() else None
    if parts is None:
        return False
    mine, *others = parts.reports
    with _helpers([[part] for part in others], config, type(batch.tally)) as helpers:
        digest = _Digest(report)
        whole = Batch([], [], type(batch.tally)(batch.tally.rules, batch.tally))
        _read_into(whole, mine, config, _scaled(progress, len(parts.reports)))
        if not _is_clean(whole):
            return False
        for helper in helpers:
            whole.absorb(helper.result(batch.tally.rules))
        if not _is_clean(whole) or not _is_declared(parts.declared, whole.tally.totals()):
            return False
    first = whole.sources[0]
    sha256 = digest.result()
    if not sha256:
        return False
    source = first.model_copy(update={"sha256": sha256, "size": report.size, "totals": whole.tally.totals()})
    batch.absorb(Batch([source], whole.readings, whole.tally))
    return True


def _is_clean(batch: Batch) -> bool:
    """Whether all parts were read without a word, as the work of one producer that writes each test once."""
    producers = {reading.producer for reading in batch.readings}
    silent = all(reading.is_report and not reading.problems for reading in batch.readings)
    return silent and len(batch.readings) == len(batch.sources) and len(producers) == 1 and tries_of(*producers) != "told"


def _is_declared(declared: list[dict[str, str]], totals: Totals) -> bool:
    """Whether the tags around all parts declare what the parts hold together."""
    for said in declared:
        failing = [int(said[name]) for name in ("failures", "errors") if said.get(name, "").isdecimal()]
        if said.get("tests", str(totals.total)) != str(totals.total) or (failing and sum(failing) != totals.failing):
            return False
    return True


def _scaled(progress: Progress, count: int) -> Progress:
    """Progress of one part of several that are read side by side."""
    read = progress.read
    return Progress(read=None if read is None else lambda size: read(size * count))


class _Digest:
    """SHA-256 of a file, worked out beside everything else."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._found = ""
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        digest = hashlib.sha256()
        with contextlib.suppress(OSError), self._report.open() as stream:
            # In large pieces: for each one the reader beside it has to let go once.
            while piece := stream.read(DIGEST_PIECE):
                digest.update(piece)
            self._found = digest.hexdigest()

    def result(self) -> str:
        """Wait for the digest."""
        self._thread.join()
        return self._found


def _processes() -> int:
    return min(os.cpu_count() or 1, MOST_PROCESSES)


def _may_fork() -> bool:
    """Whether a fork is safe: it copies no other thread, whose locks would stay shut for ever."""
    return hasattr(os, "fork") and _processes() > 1 and threading.active_count() == 1


def _shares(items: list[Found]) -> list[list[Found]]:
    """Cut the inputs into as many stretches of about the same size as there are processors worth using."""
    size = sum(item.size for item in items if isinstance(item, Report))
    count = _processes()
    if len(items) < PARALLEL_FROM_FILES or size < PARALLEL_FROM_BYTES or not _may_fork():
        return [items]
    shares: list[list[Found]] = [[]]
    taken = 0
    for item in items:
        if taken >= size * (len(shares) + HEAD_START) / (count + HEAD_START):
            shares.append([])
        shares[-1].append(item)
        taken += item.size if isinstance(item, Report) else 0
    return shares


@contextmanager
def _helpers(shares: Sequence[list[Found]], config: Config, kind: type[Tally]) -> Iterator[list[_Helper]]:
    """One helper for each share; none of them outlives the block.

    Ctrl-C waits until all are noted: one that came in between would leave a process behind that nobody knows.
    """
    helpers: list[_Helper] = []
    try:
        if shares:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                helpers.extend(_Helper(share, config, kind) for share in shares)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield helpers
    finally:
        for helper in helpers:
            helper.stop()


class _Helper:
    """A forked process that reads a stretch of the inputs and hands over what it counted through a pipe."""

    def __init__(self, items: list[Found], config: Config, kind: type[Tally]) -> None:
        self._items = items
        self._config = config
        self._kind = kind
        read_end, write_end = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(read_end)
            _work(items, config, kind, write_end)
        os.close(write_end)
        self._pipe = os.fdopen(read_end, "rb")

    def result(self, rules: Rules) -> Batch:
        """Wait for the result; if the helper died, its stretch is read here."""
        try:
            sources, readings = self._load()
            tally = self._kind.restored(rules, self._load)
        except (EOFError, pickle.UnpicklingError):
            batch = Batch([], [], self._kind(rules))
            for item in self._items:
                _read_into(batch, item, self._config, Progress())
            return batch
        return Batch(sources, readings, tally)

    def _load(self) -> Any:
        return pickle.load(self._pipe)  # noqa: S301 -- from our own fork, through our own pipe

    def stop(self) -> None:
        """Leave no process and no pipe behind, whatever happened."""
        self._pipe.close()
        try:
            os.kill(self._process, 9)
            os.waitpid(self._process, 0)
        except (ProcessLookupError, ChildProcessError):
            return


def _work(items: list[Found], config: Config, kind: type[Tally], write_end: int) -> None:
    """Read and hand over; the process ends here, without running anything that its parent has set up to run at exit.

    It is forked with SIGINT blocked and stays so: a Ctrl-C goes to all processes of a terminal, and the first one answers.
    """
    try:
        batch = Batch([], [], kind(Rules(config)))
        for item in items:
            _read_into(batch, item, config, Progress())
        with os.fdopen(write_end, "wb") as pipe:
            for piece in ((batch.sources, batch.readings), *batch.tally.pieces()):
                pickle.dump(piece, pipe, pickle.HIGHEST_PROTOCOL)
    except BaseException:  # noqa: BLE001 -- the parent reads the stretch itself and meets the fault there
        os._exit(1)
    os._exit(0)
