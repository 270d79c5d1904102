"""In which order clusters deserve attention: a score made of parts that are said in words. docs/triage.md has the formula."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from rca.causes.decisions import in_place
from rca.model import Classification, Cluster, Money, PlannedCategory, ScorePart, Worklog
from rca.text import figures

# All that speaks for a cluster comes to at most 140, so that each of these puts it behind what has none.
LATER = 150

_NEWNESS: dict[Classification, int] = {"regression": 20, "new": 15, "unknown": 10, "still failing": 5}
_LATER: dict[Classification, int] = {"known": LATER, "flaky": LATER, "quarantined": 2 * LATER}
_NEWS: dict[Classification, str] = {
    "regression": "its tests passed before",
    "new": "not seen before",
    "unknown": "nothing is known of its past",
    "still failing": "failed before",
    "known": "a known issue",
    "flaky": "flaky",
    "quarantined": "quarantined",
}


class Ranked(NamedTuple):
    """A cluster with its score and the parts of it, in the order in which they are counted."""

    cluster: Cluster
    score: float
    parts: tuple[ScorePart, ...]


def rank(worklog: Worklog) -> list[Ranked]:
    """All clusters of a worklog, the one that deserves attention first at the front; equal scores go by size, then by number."""
    planned = {category.name: category for category in worklog.plan.categories}
    most = _most(worklog.clusters)
    parts = {cluster.id: _parts(cluster, planned, most) for cluster in worklog.clusters}
    # What no longer fails stands in nobody's way.
    failing = {cluster.id for cluster in worklog.clusters if cluster.failing}
    blockers = {cluster.id: cluster.blocked_by for cluster in worklog.clusters if cluster.blocked_by and cluster.blocked_by in failing}
    scores = {cid: _sum(own) for cid, own in parts.items()}
    _put_behind(blockers, scores, parts)
    ranked = [Ranked(cluster, scores[cluster.id], tuple(parts[cluster.id])) for cluster in worklog.clusters]
    return sorted(ranked, key=lambda entry: (-entry.score, -len(entry.cluster.cases), in_place(entry.cluster)))


def _parts(cluster: Cluster, planned: dict[str, PlannedCategory], most: dict[str, Decimal]) -> list[ScorePart]:
    categories = [planned[name] for name in cluster.categories if name in planned]
    found = [_priority(categories), _must_pass(categories), _money(cluster, most), _size(cluster), *_state(cluster)]
    return [part for part in found if part is not None]


def _priority(categories: list[PlannedCategory]) -> ScorePart | None:
    ranked = [(category.priority, category.name) for category in categories if category.priority is not None]
    if not ranked or min(ranked)[0] >= 5:
        return None
    priority, name = min(ranked)
    return ScorePart(name="priority", points=50 - 10 * priority, why=f"{name} has priority {priority}")


def _must_pass(categories: list[PlannedCategory]) -> ScorePart | None:
    names = [category.name for category in categories if category.must_pass]
    return ScorePart(name="must pass", points=20, why=f"{names[0]} must pass") if names else None


def _money(cluster: Cluster, most: dict[str, Decimal]) -> ScorePart | None:
    """The share of the largest sum at risk in that currency; currencies are never turned into one another."""
    shares = [(_monthly(money) / most[money.currency], money) for money in cluster.at_risk if most.get(money.currency)]
    if not shares:
        return None
    share, money = max(shares, key=lambda entry: entry[0])
    return ScorePart(name="money", points=round(float(30 * share), 1), why=f"{_amount(money)} at risk")


def _most(clusters: tuple[Cluster, ...]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for cluster in clusters:
        for money in cluster.at_risk:
            found[money.currency] = max(found.get(money.currency, Decimal(0)), _monthly(money))
    return found


def _monthly(money: Money) -> Decimal:
    return money.amount / 12 if money.period == "year" else money.amount


def _amount(money: Money) -> str:
    return figures.amount(money.amount, money.currency, money.period)


def _size(cluster: Cluster) -> ScorePart:
    """More cases count more, but a tenfold size does not make a tenfold cause: 3 points for each doubling, 15 at most."""
    count = len(cluster.cases)
    return ScorePart(name="size", points=min(15, 3 * count.bit_length()), why=figures.count(count, "case"))


def _state(cluster: Cluster) -> list[ScorePart]:
    """News first; what is known, flaky, quarantined, muted or over comes last."""
    kind = cluster.classification
    found = []
    if kind in _NEWNESS:
        found.append(ScorePart(name="news", points=_NEWNESS[kind], why=_NEWS[kind]))
    if kind in _LATER:
        found.append(ScorePart(name=kind, points=-_LATER[kind], why=_NEWS[kind]))
    if cluster.muted:
        found.append(ScorePart(name="muted", points=-3 * LATER, why="muted by hand"))
    if not cluster.failing:
        found.append(ScorePart(name="over", points=-6 * LATER, why="no longer fails"))
    return found


def _sum(parts: list[ScorePart]) -> float:
    return round(sum(part.points for part in parts), 1)


def _put_behind(blockers: dict[str, str], scores: dict[str, float], parts: dict[str, list[ScorePart]]) -> None:
    """Put blocked clusters behind what blocks them, the first in a chain before the next; a ring of them is cut."""
    placed: set[str] = set()
    for start in blockers:
        chain: dict[str, None] = {}
        above = start
        while above in blockers and above not in placed and above not in chain:
            chain[above] = None
            above = blockers[above]
        for blocked in reversed(chain):
            blocker = blockers[blocked]
            if scores[blocked] >= scores[blocker] and (blocker not in chain or blocker in placed):
                points = round(scores[blocker] - 1 - scores[blocked], 1)
                scores[blocked] = round(scores[blocker] - 1, 1)
                parts[blocked].append(ScorePart(name="blocked", points=points, why=f"{blocker} stands in its way"))
            placed.add(blocked)
