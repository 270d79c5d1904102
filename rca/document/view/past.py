"""What stands above the clusters: how the run stands against those before it, and causes that several clusters share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rca.document.view.words import NOTHING, Facts, Fold, Table
from rca.model import Classification, Cluster, Upstream
from rca.text import figures
from rca.text.clean import one_line
from rca.text.safe import Md, code, inline, with_hashes

UPSTREAMS_SHOWN = 10
FIXED_SHOWN = 50
# In the order in which they deserve attention.
CLASSES: tuple[Classification, ...] = ("regression", "new", "still failing", "unknown", "known", "flaky", "quarantined")


@dataclass(frozen=True)
class UpstreamView:
    """A cause that several clusters seem to share, or the verdict that the infrastructure failed."""

    title: Md
    reason: Md
    """Why they were put together, and how sure that is."""
    evidence: Fold | None


@dataclass(frozen=True)
class PastView:
    """The run against earlier ones."""

    compared: Md | None
    """With which runs it was compared, or that there are none."""
    classes: Table | None
    """How many clusters and cases are new, known, flaky and so on."""
    upstreams: tuple[UpstreamView, ...]
    fixed: Fold | None
    """Cases that failed in the previous run and pass now."""


def past(facts: Facts) -> PastView:
    """Compute what stands above the clusters."""
    shown = facts.worklog.upstreams[:UPSTREAMS_SHOWN]
    return PastView(_compared(facts), _classes(facts), tuple(_upstream(upstream, facts) for upstream in shown), _fixed(facts))


def _compared(facts: Facts) -> Md | None:
    history = facts.run.history if facts.run else None
    if history is None:
        return None
    if not history.earlier:
        why = inline(history.note.rstrip(".") or "there is no earlier run to compare with")
        return Md(f"{why[:1].upper()}{why[1:]}; nothing is called new.")
    parts = [f"Compared with {with_hashes(history.compared_with or figures.count(history.earlier, 'earlier run'))}."]
    if history.previous:
        parts.append(f"The one before: {facts.reference_to(history.previous)}.")
    if history.fixed_count:
        verb = "that failed in it passes" if history.fixed_count == 1 else "that failed in it pass"
        parts.append(f"{figures.count(history.fixed_count, 'case')} {verb} now.")
    if history.note:
        parts.append(f"{inline(history.note[:1].upper() + history.note[1:].rstrip('.'))}.")
    return Md(" ".join(parts))


def _classes(facts: Facts) -> Table | None:
    groups: dict[str, list[Cluster]] = {}
    for cluster in facts.failing:
        groups.setdefault(cluster.classification, []).append(cluster)
    rows = tuple(
        (
            name,
            figures.sentence_list([cluster.id[1:] for cluster in groups[name]], 8),
            f"{sum(len(cluster.cases) for cluster in groups[name]):,}",
            _references(groups[name]),
        )
        for name in (*CLASSES, "fixed")
        if name in groups
    )
    table = Table(("class", "clusters", "cases", "known as"), "llrl", rows).compact()
    # A single class is in the verdict already.
    return table if len(rows) > 1 or len(table.head) > 3 else None


def _references(clusters: list[Cluster]) -> str:
    """The issues and worklogs that people accepted, or that settle the class."""
    known = [m.ref for c in clusters for m in c.matches if m.state == "accepted" or (c.classification == "known" and m.state != "rejected")]
    return figures.sentence_list(list(dict.fromkeys(known)), 4) or NOTHING


def _upstream(upstream: Upstream, facts: Facts) -> UpstreamView:
    numbers = figures.sentence_list([name[1:] for name in upstream.clusters], 8)
    if upstream.kind == "infrastructure":
        title = Md(f"Infrastructure · {inline(upstream.title)}")
    else:
        size = figures.count(upstream.cases, "case")
        several = "cluster" if len(upstream.clusters) == 1 else "clusters"
        title = Md(f"Shared cause · {code(one_line(upstream.title, 110))} · {several} {inline(numbers)} · {size}")
    reason = inline(upstream.reason.rstrip("."))
    lines = Md("\n".join(f"- {_evidence(line, facts)}" for line in upstream.evidence))
    fold = Fold(f"Evidence: {figures.count(len(upstream.evidence), 'line')} of the reports", lines) if upstream.evidence else None
    return UpstreamView(title, Md(f"{reason[:1].upper()}{reason[1:]} ({upstream.confidence} confidence)."), fold)


def _evidence(line: str, facts: Facts) -> Md:
    """`cluster 2, test_x: the line`; anything else is shown as it is."""
    where, between, said = line.partition(": ")
    cluster, comma, case = where.partition(", ")
    if between and comma and cluster.removeprefix("cluster ") in facts.numbers:
        return Md(f"Cluster {inline(cluster.removeprefix('cluster '))}, {code(case)}: {code(said)}")
    return code(line)


def _fixed(facts: Facts) -> Fold | None:
    history = facts.run.history if facts.run else None
    if history is None or not history.fixed:
        return None
    lines = [f"- {code(case)}" for case in history.fixed[:FIXED_SHOWN]]
    if history.fixed_count > len(lines):
        lines.append(f"- and {history.fixed_count - len(lines):,} more")
    return Fold(f"{figures.count(history.fixed_count, 'case')} fixed since the previous run", Md("\n".join(lines)))


def classes_in_words(facts: Facts) -> str:
    """`1 regression, 2 new and 1 known`; nothing while nothing is known."""
    counts = Counter(cluster.classification for cluster in facts.failing)
    words = [f"{counts[name]:,} {name}" for name in CLASSES if counts[name] and name != "unknown"]
    if not words:
        return ""
    return figures.sentence_list([*words, f"{counts['unknown']:,} of which nothing is known"] if counts["unknown"] else words, 8)


def causes(facts: Facts) -> int:
    """How many causes the failing clusters seem to have: those that share one, or that another one blocks, count once."""
    above = {cluster.id: cluster.id for cluster in facts.failing}

    def top(name: str) -> str:
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for first, second in _links(facts):
        if first in above and second in above:
            above[top(first)] = top(second)
    return sum(name == top for name, top in above.items())


def _links(facts: Facts) -> Iterator[tuple[str, str]]:
    for upstream in facts.worklog.upstreams:
        if upstream.kind == "shared" and upstream.confidence != "low":
            yield from ((name, upstream.clusters[0]) for name in upstream.clusters[1:])
    yield from ((cluster.id, cluster.blocked_by) for cluster in facts.failing if cluster.blocked_by)
