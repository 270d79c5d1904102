"""Clusters of equal failures: those that deserve attention first in full, the others a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rca.document.view.known import matches, suspects
from rca.document.view.words import NOTHING, Facts, Fold, Table, money
from rca.model import Case, Cluster, FlipRate, Past, RunRef
from rca.text import figures
from rca.text.clean import one_line
from rca.text.excerpt import excerpt
from rca.text.safe import Md, code, fence, inline, with_hashes

SHOWN = 20
LISTED = 200
CASES_SHOWN = 50
FRAMES_SHOWN = 3
EXCERPT_LINES = 24


@dataclass(frozen=True)
class ClusterView:
    """A cluster as it is shown."""

    number: str
    title: Md
    size: str
    state: Md
    """Its class, or that it no longer fails."""
    excerpt: Md
    facts: tuple[Md, ...]
    folds: tuple[Fold, ...]
    """Suspects with the parts of their scores, and the cases."""


@dataclass(frozen=True)
class Clusters:
    """All clusters of a worklog."""

    shown: tuple[ClusterView, ...]
    more: Fold | None
    muted: Fold | None
    """Those that somebody decided need no attention now."""


def clusters(facts: Facts) -> Clusters:
    """Compute the clusters."""
    found = [cluster for cluster in facts.clusters if not cluster.muted]
    muted = [cluster for cluster in facts.clusters if cluster.muted]
    shown = found[:SHOWN]
    wanted = {cluster.runs[-1] for cluster in shown if cluster.runs}
    runs = {run.id: {case.id: case for case in run.cases} for run in facts.worklog.runs if run.id in wanted}
    return Clusters(
        tuple(_cluster(cluster, runs.get(cluster.runs[-1], {}) if cluster.runs else {}, facts) for cluster in shown),
        _listed(found[SHOWN:], "more cluster"),
        _listed(muted, "muted cluster"),
    )


def _cluster(cluster: Cluster, by_id: dict[str, Case], facts: Facts) -> ClusterView:
    suspected = suspects(cluster, facts)
    return ClusterView(
        number=cluster.id[1:],
        title=code(one_line(cluster.title, 110)),
        size=figures.count(len(cluster.cases), "case"),
        state=Md(f" · {state}" if (state := _state(cluster)) else ""),
        excerpt=fence(excerpt(cluster.excerpt or cluster.message or "(no message)", EXCERPT_LINES)),
        facts=(*_of_the_past(cluster, facts), *_links(cluster, by_id, facts), *matches(cluster), *suspected.lines, *_facts(cluster)),
        folds=tuple(fold for fold in (suspected.fold, _cases(cluster, by_id)) if fold),
    )


def _state(cluster: Cluster) -> str:
    if not cluster.failing:
        return "no longer fails"
    return "" if cluster.classification == "unknown" else cluster.classification


def _of_the_past(cluster: Cluster, facts: Facts) -> Iterator[Md]:
    past = cluster.past
    if past is None:
        if cluster.classification != "unknown":
            yield Md(f"**{cluster.classification.capitalize()}**.")
        return
    kind = "Class not known" if cluster.classification == "unknown" else f"**{cluster.classification.capitalize()}**"
    history = facts.run.history if facts.run else None
    fewer = past.runs and not (history and history.earlier == past.runs)
    rests = f" It rests on {figures.count(past.runs, 'earlier run')}." if fewer else ""
    yield Md(f"{kind}, {past.confidence} confidence. {with_hashes(past.reason)}{rests}")
    between = " · ".join(_between(past, facts))
    if between:
        yield Md(between)
    if past.flips and past.flips.flipped:
        yield Md(_flips(past.flips))
    if cluster.base:
        sure = "" if cluster.base.kind == "not known" else f", {cluster.base.confidence} confidence"
        yield Md(f"Against {inline(cluster.base.branch)}: **{cluster.base.kind}**{sure}. {with_hashes(cluster.base.reason)}")


def _between(past: Past, facts: Facts) -> Iterator[str]:
    """Last good and first bad run, and the commits between them."""
    if past.last_good:
        yield f"Last good: {_run(past.last_good, facts)}"
    if past.first_bad:
        yield f"First bad: {_run(past.first_bad, facts)}"
    good, bad = (ref.commit if ref else None for ref in (past.last_good, past.first_bad))
    if good and bad and good != bad:
        yield f"Commits: {code(f'{good[:12]}..{bad[:12]}')}"
    if past.failing_runs > 1:
        yield f"Failing for {past.failing_runs:,} runs"
    if past.first_seen and past.first_seen not in (past.first_bad, past.last_good):
        yield f"First seen: {_run(past.first_seen, facts)}"


def _run(ref: RunRef, facts: Facts) -> str:
    return "this run" if facts.run and ref.id == facts.run.id else facts.reference_to(ref)


def _flips(flips: FlipRate) -> str:
    of = figures.count(flips.commits, "commit")
    return f"Flip rate: passed and failed on {flips.flipped:,} of {of} with several results ({_share(flips.low)} to {_share(flips.high)})"


def _share(value: float) -> str:
    """A share in whole per cent that never rounds to none or all of it."""
    return f"{0 if value <= 0 else 100 if value >= 1 else min(99, max(1, round(value * 100)))} %"


def _links(cluster: Cluster, by_id: dict[str, Case], facts: Facts) -> Iterator[Md]:
    if cluster.blocked_by:
        yield Md(f"Blocked by cluster {inline(cluster.blocked_by[1:])}: look at that one first.")
        return
    blocked = sum(name in by_id and bool(by_id[name].blocked_by) for name in cluster.cases)
    if blocked:
        verb = "follows from another one" if blocked == 1 else "follow from others"
        yield Md(f"{blocked:,} of its {figures.count(len(cluster.cases), 'case')} {verb}, as the list of cases says.")
    for upstream in facts.worklog.upstreams:
        if upstream.kind == "shared" and cluster.id in upstream.clusters and len(upstream.clusters) > 1:
            others = [name[1:] for name in upstream.clusters if name != cluster.id]
            several = "cluster" if len(others) == 1 else "clusters"
            yield Md(f"Seems to share its cause with {several} {inline(figures.sentence_list(others, 8))}.")


def _facts(cluster: Cluster) -> Iterator[Md]:
    where = f"In {inline(figures.sentence_list(list(cluster.categories)))}." if cluster.categories else ""
    sure = f" ({cluster.confidence} confidence)" if len(cluster.cases) > 1 else ""
    why = inline(cluster.why_matched)
    together = f"{why[:1].upper()}{why[1:]}{sure}." if why else ""
    number = figures.count(len(cluster.merged), "near-duplicate was", "near-duplicates were")
    merged = f"{number} merged into it." if cluster.merged else ""
    if line := " ".join(part for part in (where, together, merged) if part):
        yield Md(line)
    if cluster.frames:
        yield Md(f"Own code, the nearest first: {', '.join(code(frame) for frame in cluster.frames[:FRAMES_SHOWN])}")
    yield from _judgements(cluster)


def _judgements(cluster: Cluster) -> Iterator[Md]:
    """What it means, and what people wrote."""
    if cluster.impact:
        yield Md(f"Impact: {inline(cluster.impact)}")
    worth = f"at risk while it fails: {inline(money(cluster.at_risk))}" if cluster.at_risk else ""
    if cluster.risk:
        yield Md(f"Risk: {cluster.risk}{f', {worth}' if worth else ''}")
    elif worth:
        yield Md(f"{worth[:1].upper()}{worth[1:]}.")
    if cluster.rule:
        yield Md(f"Rule for such failures: {code(cluster.rule)}")
    for note in cluster.notes:
        yield Md(f"Note: {inline(note)}")


def _cases(cluster: Cluster, by_id: dict[str, Case]) -> Fold:
    mates = frozenset(cluster.cases)
    lines = [" · ".join((f"- {code(cid)}", *_about(by_id.get(cid), cluster, mates))) for cid in cluster.cases[:CASES_SHOWN]]
    if len(cluster.cases) > CASES_SHOWN:
        lines.append(f"- and {len(cluster.cases) - CASES_SHOWN:,} more in the record")
    return Fold(figures.count(len(cluster.cases), "case"), Md("\n".join(lines)))


def _about(case: Case | None, cluster: Cluster, mates: frozenset[str]) -> Iterator[str]:
    if case is None:
        return
    if case.seconds is not None:
        yield figures.duration(case.seconds)
    if case.location:
        yield code(str(case.location))
    if cluster.failing and case.classification and case.classification != cluster.classification:
        yield inline(case.classification)
    if case.attempts:
        yield figures.count(len(case.attempts), "earlier attempt")
    if case.blocked_by and not cluster.blocked_by:
        near = case.blocked_by in mates
        yield f"follows from {code(case.blocked_by.rsplit('::', 1)[-1] if near else case.blocked_by)}"
    if case.attachments:
        yield f"attached: {', '.join(code(name) for name in case.attachments[:5])}"


def _listed(rest: Sequence[Cluster], what: str) -> Fold | None:
    if not rest:
        return None
    rows = tuple(
        (cluster.id[1:], code(one_line(cluster.title, 100)), f"{len(cluster.cases):,}", _state(cluster) or NOTHING)
        for cluster in rest[:LISTED]
    )
    body = Table(("cluster", "error", "cases", "class"), "rlrl", rows).compact().md
    if len(rest) > LISTED:
        body = Md(f"{body}\n\nand {len(rest) - LISTED:,} more in the record")
    return Fold(figures.count(len(rest), what), body)
