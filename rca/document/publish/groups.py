"""Failing clusters by what they mean to whoever wrote the change: broken by it, or there before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rca.document.view.words import Facts
from rca.model import Classification, Cluster, Confidence, Standing

Kind = Literal["broken", "unknown", "before", "known", "flaky", "quarantined", "muted"]
# What a reader may have to act on, then what was there before.
KINDS: tuple[Kind, ...] = ("broken", "unknown", "before", "known", "flaky", "quarantined", "muted")
# What these are called says more than where they fail.
SETTLED: dict[Classification, Kind] = {"known": "known", "flaky": "flaky", "quarantined": "quarantined"}

_BY_PAST: dict[Classification, Kind] = {"new": "broken", "regression": "broken", "still failing": "before"}
_BY_BASE: dict[Standing, Kind] = {"broken here": "broken", "fails there too": "before", "not known": "unknown"}


@dataclass(frozen=True)
class Groups:
    """The failing clusters of a worklog, each kind in the order in which they deserve attention."""

    facts: Facts
    pull_request: bool

    @cached_property
    def by_kind(self) -> dict[Kind, tuple[Cluster, ...]]:
        """The clusters of each kind; every kind is there."""
        found: dict[Kind, list[Cluster]] = {kind: [] for kind in KINDS}
        for cluster in self.facts.failing:
            found[kind_of(cluster, pull_request=self.pull_request)].append(cluster)
        return {kind: tuple(clusters) for kind, clusters in found.items()}

    @cached_property
    def in_order(self) -> tuple[tuple[Kind, Cluster], ...]:
        """All of them, kind by kind."""
        return tuple((kind, cluster) for kind in KINDS for cluster in self.by_kind[kind])

    @cached_property
    def in_full(self) -> tuple[tuple[Kind, Cluster], ...]:
        """Those that are shown in full: of a pull request only what may be its own."""
        return tuple((kind, cluster) for kind, cluster in self.in_order if kind in self._full)

    @cached_property
    def in_lines(self) -> tuple[tuple[Kind, Cluster], ...]:
        """The others, a line each."""
        return tuple((kind, cluster) for kind, cluster in self.in_order if kind not in self._full)

    @property
    def _full(self) -> tuple[Kind, ...]:
        return ("broken", "unknown") if self.pull_request else ("broken", "unknown", "before")


def kind_of(cluster: Cluster, *, pull_request: bool) -> Kind:
    """What a failing cluster means to a change. What the branch's own earlier runs show may be this pull request's doing too."""
    if cluster.muted:
        return "muted"
    if cluster.classification in SETTLED:
        return SETTLED[cluster.classification]
    if not pull_request:
        return _BY_PAST.get(cluster.classification, "unknown")
    if cluster.base:
        return _BY_BASE[cluster.base.kind]
    return "broken" if _BY_PAST.get(cluster.classification) == "broken" else "unknown"


def confidence_of(cluster: Cluster, *, pull_request: bool) -> Confidence:
    """How sure it is that a cluster is of its kind."""
    if pull_request and cluster.base:
        return cluster.base.confidence
    return cluster.past.confidence if cluster.past else "low"


def cases_of(clusters: Sequence[Cluster]) -> int:
    """How many cases clusters have together."""
    return sum(len(cluster.cases) for cluster in clusters)
