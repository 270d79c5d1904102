"""Clusters of equal failures: the largest in full, the others a line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rca.document.view.words import Facts, Fold, Table, money
from rca.model import Case, Cluster
from rca.text import figures
from rca.text.clean import one_line
from rca.text.excerpt import excerpt
from rca.text.safe import Md, code, fence, inline

SHOWN = 20
LISTED = 200
CASES_SHOWN = 50
EXCERPT_LINES = 24


@dataclass(frozen=True)
class ClusterView:
    """A cluster as it is shown."""

    number: str
    title: Md
    size: str
    state: Md
    excerpt: Md
    facts: tuple[Md, ...]
    cases: Fold


@dataclass(frozen=True)
class Clusters:
    """All clusters of a worklog."""

    shown: tuple[ClusterView, ...]
    more: Fold | None


def clusters(facts: Facts) -> Clusters:
    """Compute the clusters."""
    found = facts.worklog.clusters
    wanted = {case for cluster in found[:SHOWN] for case in cluster.cases[:CASES_SHOWN]}
    by_id = {case.id: case for run in facts.worklog.runs for case in run.cases if case.id in wanted}
    return Clusters(tuple(_cluster(cluster, by_id) for cluster in found[:SHOWN]), _more(found[SHOWN:]))


def _cluster(cluster: Cluster, by_id: dict[str, Case]) -> ClusterView:
    return ClusterView(
        number=cluster.id[1:],
        title=code(one_line(cluster.title, 110)),
        size=figures.count(len(cluster.cases), "case"),
        state=Md("" if cluster.failing else " · no longer fails"),
        excerpt=fence(excerpt(cluster.excerpt or cluster.message or "(no message)", EXCERPT_LINES)),
        facts=tuple(_facts(cluster)),
        cases=_cases(cluster, by_id),
    )


def _facts(cluster: Cluster) -> Iterator[Md]:
    where = figures.sentence_list(list(cluster.categories))
    yield Md(f"In {inline(where)}. Grouped because {inline(cluster.why_matched)}.")
    if cluster.classification != "unknown":
        yield Md(f"Classified as **{cluster.classification}**.")
    if cluster.impact:
        yield Md(f"Impact: {inline(cluster.impact)}")
    if cluster.risk:
        yield Md(f"Risk: {cluster.risk}")
    if cluster.at_risk:
        yield Md(f"At risk while it fails: {inline(money(cluster.at_risk))}.")
    if cluster.blocked_by:
        yield Md(f"Blocked by cluster {inline(cluster.blocked_by[1:])}.")
    for match in cluster.matches:
        words = f": {inline(', '.join(match.evidence))}" if match.evidence else ""
        yield Md(f"Resembles {inline(match.ref)} {inline(match.title)} ({match.score:.2f}{words})")
    for number, suspect in enumerate(cluster.suspects, 1):
        why = f": {inline('; '.join(part.why or part.name for part in suspect.parts))}" if suspect.parts else ""
        yield Md(f"Suspect {number}: {code(suspect.commit[:12])} {inline(suspect.summary)} ({suspect.score:.2f}{why})")


def _cases(cluster: Cluster, by_id: dict[str, Case]) -> Fold:
    lines = [" · ".join((f"- {code(cid)}", *_about(by_id.get(cid)))) for cid in cluster.cases[:CASES_SHOWN]]
    if len(cluster.cases) > CASES_SHOWN:
        lines.append(f"- and {len(cluster.cases) - CASES_SHOWN:,} more in the record")
    return Fold(figures.count(len(cluster.cases), "case"), Md("\n".join(lines)))


def _about(case: Case | None) -> Iterator[str]:
    if case is None:
        return
    if case.seconds is not None:
        yield figures.duration(case.seconds)
    if case.location:
        yield code(str(case.location))
    if case.attempts:
        yield figures.count(len(case.attempts), "earlier attempt")
    if case.attachments:
        yield f"attached: {', '.join(code(name) for name in case.attachments[:5])}"


def _more(rest: tuple[Cluster, ...]) -> Fold | None:
    if not rest:
        return None
    rows = tuple((cluster.id[1:], code(one_line(cluster.title, 100)), f"{len(cluster.cases):,}") for cluster in rest[:LISTED])
    body = Table(("cluster", "error", "cases"), "rlr", rows).md
    if len(rest) > LISTED:
        body = Md(f"{body}\n\nand {len(rest) - LISTED:,} more in the record")
    return Fold(figures.count(len(rest), "more cluster"), body)
