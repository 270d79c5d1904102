"""What earlier worklogs know of causes: where a fingerprint was seen, what its root cause was, and whether the fix held."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from rca.archive.cached import Cached
from rca.errors import RecordError
from rca.model import Cluster, EarlierCause, Held, Run, Worklog
from rca.text.clean import one_line

# Of a record with more clusters those with the most cases count.
CLUSTERS_KEPT = 1_000
MAX_STATEMENT = 500
# How many causes are given for one fingerprint.
MOST = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """A cluster of a record. first, last: starts of its first and last run, in seconds since 1970."""

    fingerprints: list[str]
    message_key: str
    categories: list[str]
    first: float
    last: float
    fixed: bool
    root_cause: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of a record: its causes, and when its last run executed each category."""

    title: str
    ran: dict[str, float]
    causes: list[Seen]


def read_remembered(cache: Path, load: Callable[[str], Worklog], paths: dict[str, Path]) -> dict[str, Remembered]:
    """The causes of every given record, by its id; one that cannot be read has none."""

    def read(worklog_id: str) -> tuple[Remembered, bool]:
        try:
            return remember(load(worklog_id)), True
        except RecordError:
            return Remembered("", {}, []), False

    return Cached(cache, "causes 1", read, asdict, _restored).values(paths)


def _restored(value: Any) -> Remembered:
    causes = [Seen(**cause) for cause in value["causes"]]
    if not all(isinstance(mark, str) for cause in causes for mark in (cause.message_key, *cause.fingerprints)):
        raise TypeError
    return Remembered(str(value["title"]), {str(name): float(at) for name, at in value["ran"].items()}, causes)


def remember(record: Worklog) -> Remembered:
    """What is kept of a record that was read."""
    started = {run.id: _start(run, record) for run in record.runs}
    ran: dict[str, float] = {}
    for run in record.runs:
        ran.update({result.name: started[run.id] for result in run.categories if result.totals.executed})
    statements = {
        cid: one_line(investigation.root_cause.statement, MAX_STATEMENT)
        for investigation in record.investigations
        if investigation.root_cause
        for cid in investigation.clusters
    }
    fixed = _fixed(record)
    largest = sorted(record.clusters, key=lambda cluster: -len(cluster.cases))[:CLUSTERS_KEPT]
    return Remembered(record.title, ran, [_seen(cluster, started, statements.get(cluster.id, ""), fixed) for cluster in largest])


def _start(run: Run, record: Worklog) -> float:
    return (run.started_at or run.recorded_at or record.opened_at).timestamp()


def _fixed(record: Worklog) -> set[str] | None:
    """Ids of the clusters that a fix is about; None when a fix names no investigation and so is about all of them."""
    if any(fix.investigation is None for fix in record.fixes):
        return None
    named = {fix.investigation for fix in record.fixes}
    return {cid for investigation in record.investigations if investigation.id in named for cid in investigation.clusters}


def _seen(cluster: Cluster, started: Mapping[str, float], statement: str, fixed: set[str] | None) -> Seen:
    times = [started[run] for run in cluster.runs if run in started]
    own = [cluster.keys.cause] if cluster.keys else []
    return Seen(
        fingerprints=list(dict.fromkeys([cluster.fingerprint, *own, *cluster.merged])),
        message_key=cluster.keys.message if cluster.keys and cluster.confidence != "low" else "",
        categories=list(cluster.categories),
        first=min(times, default=0.0),
        last=max(times, default=0.0),
        fixed=fixed is None or cluster.id in fixed,
        root_cause=statement,
    )


def earlier_causes(records: Mapping[str, Remembered], clusters: Sequence[Cluster], *, but: str = "") -> list[EarlierCause]:
    """The causes of other worklogs than `but` that are or resemble one of these clusters, the latest first.

    Of those with one fingerprint, or one message, the latest few are given; ones with a root cause come before others.
    """
    wanted = {mark for c in clusters for mark in (c.fingerprint, *c.merged, *([c.keys.cause] if c.keys else []))}
    wanted |= {_message(cluster.keys.message) for cluster in clusters if cluster.keys and cluster.keys.message}
    others = {worklog_id: record for worklog_id, record in records.items() if worklog_id != but}
    sightings = _sightings(others, wanted)
    fixes = _Fixes(others, sightings)
    chosen: dict[int, _Sighting] = {}
    for mark in sorted(wanted):
        ranked = sorted(sightings.get(mark, ()), key=lambda s: (bool(s.cause.root_cause), s.cause.last, s.worklog), reverse=True)
        chosen.update({id(sighting.cause): sighting for sighting in ranked[:MOST]})
    return [
        EarlierCause(
            worklog=found.worklog,
            title=records[found.worklog].title,
            fingerprints=tuple(found.cause.fingerprints),
            message_key=found.cause.message_key,
            root_cause=found.cause.root_cause,
            held=fixes.held(found.cause),
            last_at=datetime.fromtimestamp(found.cause.last, UTC) if found.cause.last else None,
        )
        for found in sorted(chosen.values(), key=lambda s: (s.cause.last, s.worklog), reverse=True)
    ]


class _Sighting(NamedTuple):
    """A cause and the worklog that holds it."""

    worklog: str
    cause: Seen


def _sightings(records: Mapping[str, Remembered], wanted: set[str]) -> dict[str, list[_Sighting]]:
    """Where each wanted mark was seen, and every other fingerprint of the causes that have one."""
    related = {
        mark
        for record in records.values()
        for cause in record.causes
        if _message(cause.message_key) in wanted or not wanted.isdisjoint(cause.fingerprints)
        for mark in cause.fingerprints
    }
    marks = wanted | related
    found: dict[str, list[_Sighting]] = {}
    for worklog_id, record in records.items():
        for cause in record.causes:
            for mark in marks.intersection((*cause.fingerprints, _message(cause.message_key))):
                found.setdefault(mark, []).append(_Sighting(worklog_id, cause))
    return found


def _message(key: str) -> str:
    """The mark of a message, which no fingerprint is."""
    return f"message {key}" if key else ""


class _Fixes:
    """Tells whether fixes held: once a later run of all its categories did not show a cause, no run may show it again."""

    def __init__(self, records: Mapping[str, Remembered], sightings: Mapping[str, Sequence[_Sighting]]) -> None:
        self._records = records
        self._sightings = sightings
        self._ran: dict[tuple[str, ...], list[tuple[float, str]]] = {}

    def held(self, cause: Seen) -> Held:
        """What became of the fix of a cause."""
        if not cause.fixed or not cause.categories:
            return "not judged"
        shown: dict[str, float] = {}
        for mark in cause.fingerprints:
            for worklog_id, other in self._sightings.get(mark, ()):
                shown[worklog_id] = max(shown.get(worklog_id, 0.0), other.last)
        ran = self._ran_all(tuple(cause.categories))
        later = ran[bisect_right(ran, cause.last, key=itemgetter(0)) :]
        gone = next((at for at, worklog_id in later if at > shown.get(worklog_id, 0.0)), None)
        if gone is None:
            return "not judged"
        return "came back" if any(at > gone for at in shown.values()) else "held"

    def _ran_all(self, categories: tuple[str, ...]) -> list[tuple[float, str]]:
        """When each worklog last executed all of some categories, in order."""
        if categories not in self._ran:
            times = ((min(record.ran.get(name, 0.0) for name in categories), worklog_id) for worklog_id, record in self._records.items())
            self._ran[categories] = sorted(times)
        return self._ran[categories]
