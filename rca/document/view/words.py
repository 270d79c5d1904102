"""Pieces of Markdown that several parts of the view are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from rca.causes.standing import Carried, standing_of
from rca.document.view.links import Web, web_of
from rca.model import Cluster, CriterionResult, GroupResult, Money, PlannedCategory, Run, RunRef, Totals, Worklog, add_money, sum_totals
from rca.text import figures
from rca.text.safe import Md, cell, code, inline, link

NOTHING = "–"


@dataclass(frozen=True)
class NextStep:
    """Something to do: our words, the foreign text that it is about, and a command if there is one."""

    text: str
    subject: str = ""
    command: str = ""


@dataclass(frozen=True)
class Facts:
    """A worklog with what was worked out from it: the last result of each category, and what is missing of the plan."""

    worklog: Worklog
    standing: dict[str, GroupResult]
    missing: tuple[PlannedCategory, ...]
    short: tuple[tuple[PlannedCategory, int], ...]
    order: tuple[str, ...] = ()
    """Ids of the clusters in the order in which they are shown; those that it leaves out follow as the record has them."""
    steps: tuple[NextStep, ...] = ()
    """What to do next."""
    rules: Mapping[int, str] = field(default_factory=dict)
    """Titles of the rules of the five whys that somebody set aside."""

    @cached_property
    def run(self) -> Run | None:
        """The last run."""
        return self.worklog.runs[-1] if self.worklog.runs else None

    @cached_property
    def carried(self) -> tuple[Carried, ...]:
        """The categories of which only a part ran again."""
        return standing_of(self.worklog.runs).carried()

    @cached_property
    def totals(self) -> Totals:
        """The totals over the last results of all categories."""
        return sum_totals(result.totals for result in self.standing.values())

    @cached_property
    def verdicts(self) -> dict[str, CriterionResult]:
        """The verdicts by the scope of their criterion."""
        return {verdict.criterion.scope: verdict for verdict in self.worklog.verdicts}

    @cached_property
    def incomplete(self) -> int:
        """How many faults keep inputs from being read completely."""
        return sum(problem.severity == "error" for problem in self.run.problems) if self.run else 0

    @cached_property
    def clusters(self) -> tuple[Cluster, ...]:
        """The clusters in the order in which they are shown."""
        place = {name: index for index, name in enumerate(self.order)}
        return tuple(sorted(self.worklog.clusters, key=lambda cluster: place.get(cluster.id, len(place))))

    @cached_property
    def failing(self) -> tuple[Cluster, ...]:
        """Those that still fail, in that order."""
        return tuple(cluster for cluster in self.clusters if cluster.failing)

    @cached_property
    def web(self) -> Web | None:
        """The repository on the web, if a run says where it is."""
        return web_of(self.worklog)

    def commit(self, sha: str) -> Md:
        """A commit by the beginning of its hash, with a link where one can be made."""
        return link(code(sha[:12]), self.web.commit(sha)) if self.web else code(sha[:12])

    @cached_property
    def issue_urls(self) -> dict[str, str]:
        """Addresses of the issues that are listed or that a cluster resembles, by `#NUMBER`."""
        matched = {match.ref: match.url for cluster in self.worklog.clusters for match in cluster.matches if match.kind == "issue"}
        listed = {f"#{issue.number}": issue.url for issue in self.worklog.issues}
        return {ref: url for ref, url in (*matched.items(), *listed.items()) if url}

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers of the clusters."""
        return frozenset(cluster.id[1:] for cluster in self.worklog.clusters)

    def reference_to(self, run: RunRef) -> Md:
        """A run as people find it: its time with a link, and its commit."""
        when = self.moment(run.at) if run.at else run.id
        named = link(when, run.url) if run.url else inline(when)
        return Md(f"{named} at {code(run.commit[:12])}") if run.commit else named

    def moment(self, when: datetime) -> str:
        """A time in the zone of the worklog."""
        return figures.moment(when, self.zone, self.worklog.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        """The one zone in which times are shown."""
        return ZoneInfo(self.worklog.time_zone)


@dataclass(frozen=True)
class Table:
    """A table: its head, the side to which each column is aligned (`l` or `r`), and its rows."""

    head: tuple[str, ...]
    sides: str
    rows: tuple[tuple[object, ...], ...]

    @property
    def md(self) -> Md:
        """The table as Markdown; a cell that is not Markdown yet is escaped."""
        rule = "|" + "|".join("--:" if side == "r" else "---" for side in self.sides) + "|"
        lines = ["| " + " | ".join(cell(part) for part in self.head) + " |", rule]
        lines += ["| " + " | ".join(cell(part) for part in row) + " |" for row in self.rows]
        return Md("\n".join(lines))

    def compact(self, zeros: Sequence[str] = ()) -> Table:
        """Leave out the columns that say nothing in any row; in those named in `zeros` a 0 says nothing."""
        keep = [index for index, name in enumerate(self.head) if any(_says(row[index], zero=name in zeros) for row in self.rows)]
        sides = "".join(self.sides[index] for index in keep)
        rows = tuple(tuple(row[index] for index in keep) for row in self.rows)
        return Table(tuple(self.head[index] for index in keep), sides, rows)


def _says(value: object, *, zero: bool) -> bool:
    return str(value) not in {NOTHING, ""} and not (zero and str(value) == "0")


@dataclass(frozen=True)
class Fold:
    """A long list under a summary that counts it."""

    summary: str
    body: Md


def needed(verdict: CriterionResult | None) -> Md:
    """What a criterion asks."""
    return Md(verdict.criterion.text if verdict else NOTHING)


def share(totals: Totals) -> str:
    """How many of the tests passed, in brackets; nothing when none was executed."""
    return f" ({totals.passed:,} of {figures.count(totals.executed, 'test')} passed)" if totals.executed else ""


def money(parts: Sequence[Money]) -> str:
    """The sum of amounts, each currency and period apart."""
    return ", ".join(figures.amount(part.amount, part.currency, part.period) for part in add_money(list(parts)))


def reference(text: str) -> Md | str:
    """A link when it is an address, else the text."""
    return link(text, text) if text.startswith(("http://", "https://")) else text
