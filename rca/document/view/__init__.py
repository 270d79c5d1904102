"""Everything that a template shows, computed before it gets there: a template places values and decides nothing.

A value is either plain (the template's output escapes it) or `Md`: Markdown that rca made, in which foreign text is
escaped already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rca.document.view.clusters import Clusters, clusters
from rca.document.view.execution import Execution, execution
from rca.document.view.head import Head, head
from rca.document.view.past import PastView, past
from rca.document.view.plan import Assessment, PlanView, assessment, plan
from rca.document.view.whys import DeploymentView, Whys, deployment, whys
from rca.document.view.words import Facts, Fold, NextStep, Table

__all__ = ["Facts", "Fold", "NextStep", "Phase", "Table", "View", "make_view"]


@dataclass(frozen=True)
class Phase:
    """A part of the worklog: its number among those that are there, its name and its status."""

    number: int
    name: str
    status: str


@dataclass(frozen=True)
class View:
    """A worklog in words. A phase is None when the worklog holds nothing of it."""

    head: Head
    assessment: Assessment
    plan: PlanView
    execution: Execution
    past: PastView
    clusters: Clusters
    whys: Whys
    deployment: DeploymentView
    phases: dict[str, Phase]

    def phase(self, key: str) -> Phase | None:
        """The phase of that key: assessment, plan, execution, whys or deployment."""
        return self.phases.get(key)


def make_view(facts: Facts) -> View:
    """Compute everything that a face shows."""
    parts = (assessment(facts), plan(facts), execution(facts), clusters(facts), whys(facts), deployment(facts))
    before, intended, ran, groups, explained, after = parts
    present = (
        ("assessment", "Assessment", "done", bool(before)),
        ("plan", "Plan", intended.status, bool(intended)),
        ("execution", "Execution", ran.status, facts.run is not None),
        ("whys", explained.title, explained.status, bool(explained)),
        ("deployment", after.title, after.status, bool(after)),
    )
    return View(head(facts), before, intended, ran, past(facts), groups, explained, after, dict(_numbered(present)))


def _numbered(parts: Sequence[tuple[str, str, str, bool]]) -> Iterator[tuple[str, Phase]]:
    there = [part for part in parts if part[3]]
    for number, (key, name, status, _) in enumerate(there, 1):
        yield key, Phase(number, name, status)
