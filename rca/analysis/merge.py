"""Bring a new run into a worklog that has others: in the order of time, whatever the order of ingestion was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rca.causes.clusters import make_clusters
from rca.causes.standing import standing_of
from rca.model import Case, Cluster, Problem, Run

_ALONE = "the only case with this error"
_ALL = re.compile(r"all [\d,]+ share")


def in_order(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Runs by the time at which they started, where they say so; the others stay behind the one they were added after."""
    keyed: list[tuple[float, int, Run]] = []
    latest = float("-inf")
    for index, run in enumerate(runs):
        moment = run.started_at.timestamp() if run.started_at else latest
        latest = max(latest, moment)
        keyed.append((moment, index, run))
    return tuple(run for _, _, run in sorted(keyed, key=lambda entry: entry[:2]))


def note_known_reports(run: Run, before: Sequence[Run]) -> Run:
    """Say of reports that an earlier run of the worklog holds too; they are the same evidence."""
    known = {source.sha256: old.id for old in before for source in old.sources if source.sha256}
    again = [source for source in run.sources if source.sha256 in known]
    if not again:
        return run
    message = f"{len(again):,} report(s) of this run are in {known[again[0].sha256]} already, the first is {again[0].path}"
    problem = Problem(code="known-report", severity="note", message=message, path="all inputs")
    return run.model_copy(update={"notes": (*run.notes, problem)})


def merge_clusters(runs: Sequence[Run], before: Sequence[Cluster], now: Sequence[Cluster], *, highest: int = 0) -> tuple[Cluster, ...]:
    """Bring the clusters of a run together with those that the worklog has; `runs` are all runs in order.

    A cluster keeps its id and all that a person or a later stage said of it; its cases are those that still fail with it, or
    those of the last run that showed it when there are none any more. All are automatic clusters: decisions are applied to
    what comes out. `highest`: the highest number that a decision gave to a cluster; new ones get higher ones.
    """
    place = {run.id: index for index, run in enumerate(runs)}
    fresh = {cluster.fingerprint: cluster for cluster in now}
    merged = [_merge(old, fresh.pop(old.fingerprint, None), place) for old in before]
    number = max((int(cluster.id[1:]) for cluster in before if cluster.id[1:].isdigit()), default=0)
    number = max(number, highest)
    for count, cluster in enumerate(fresh.values(), 1):
        merged.append(cluster.model_copy(update={"id": f"c{number + count}"}))
    return tuple(_with_latest(runs, merged))


def _merge(old: Cluster, new: Cluster | None, place: dict[str, int]) -> Cluster:
    if new is None:
        return old
    shown = sorted({*old.runs, *new.runs}, key=lambda run: place.get(run, -1))
    if shown[-1] not in new.runs:
        return old.model_copy(update={"runs": tuple(shown)})
    facts = ("cases", "example", "excerpt", "categories", "why_matched", "message", "title")
    return old.model_copy(update={**{name: getattr(new, name) for name in facts}, "runs": tuple(shown)})


def _with_latest(runs: Sequence[Run], clusters: Sequence[Cluster]) -> list[Cluster]:
    """The clusters with the cases that still fail with them, also those that the last run did not execute."""
    found = standing_of(runs)
    latest: dict[str, dict[str, Case]] = {}
    for run in runs:
        for case in run.cases:
            if case.fingerprint and found.fails(case, run.id):
                latest.setdefault(case.fingerprint, {})[case.id] = case
    return [_holding(cluster, latest.get(cluster.fingerprint, {})) for cluster in clusters]


def _holding(cluster: Cluster, cases: Mapping[str, Case]) -> Cluster:
    if not cases or cases.keys() == set(cluster.cases):
        return cluster
    names = dict.fromkeys([*(name for name in cluster.cases if name in cases), *cases])
    told = (cases[name].category for name in names)
    why = cluster.why_matched
    if why == _ALONE or _ALL.match(why):
        why = _ALL.sub(f"all {len(names):,} share", why) if len(names) > 1 else "the last case with this error"
        why = f"all {len(names):,} share the error" if why == _ALONE else why
    changes: dict[str, object] = {"cases": tuple(names), "categories": tuple(dict.fromkeys(told)), "why_matched": why}
    if cluster.example not in cases:
        described = make_clusters([cases[name] for name in names], [""] * len(names), cluster.runs[-1])[0]
        changes |= {"example": described.example, "excerpt": described.excerpt}
    return cluster.model_copy(update=changes)


def mark_failing(runs: Sequence[Run], clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """A cluster fails as long as one of its failures is the latest word on a case."""
    found = standing_of(runs)
    standing = {(run.id, case.id) for run in runs for case in run.cases if found.fails(case, run.id)}
    marked = []
    for cluster in clusters:
        unnamed = any(found.unnamed(name) in cluster.runs or name not in found.results for name in cluster.categories if cluster.runs)
        failing = unnamed or any((run, name) in standing for name in cluster.cases for run in cluster.runs)
        marked.append(cluster if failing == cluster.failing else cluster.model_copy(update={"failing": failing}))
    return tuple(marked)
