"""A cluster as a comment shows it: what fails, since when, what is suspected, a short excerpt; the rest is folded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rca.document.publish.about import About
from rca.document.publish.detail import Detail
from rca.document.publish.groups import Kind
from rca.document.view.words import Facts
from rca.model import Case, Cluster, Match, Suspect
from rca.text import figures, github
from rca.text.excerpt import excerpt
from rca.text.safe import Md

MATCHES_SHOWN = 2

# These say more than where it fails.
SETTLED = frozenset({"known", "flaky", "quarantined"})

_WORDS: dict[Kind, str] = {
    "broken": "New",
    "unknown": "Not known since when",
    "before": "Failed before",
    "known": "Known",
    "flaky": "Flaky",
    "quarantined": "Quarantined",
    "muted": "Muted",
}


@dataclass(frozen=True)
class ClusterText:
    """A cluster in full."""

    number: str
    """Its number in the worklog, which it keeps."""
    title: Md
    size: str
    facts: tuple[Md, ...]
    """Class with its reason, what it is known as, the first suspect, what blocks it."""
    excerpt: Md | None
    """The failure, in a fence."""
    folds: tuple[Md, ...]
    """All suspects, and the tests."""


def cluster_text(cluster: Cluster, by_id: dict[str, Case], about: About, detail: Detail, *, traced: bool) -> ClusterText:
    """A cluster with as much detail as there is room for."""
    text = cluster.excerpt or cluster.message
    folds = (_suspects(cluster, about) if detail.suspects else None, _cases(cluster, by_id, detail.cases))
    return ClusterText(
        number=github.plain(cluster.id.removeprefix("c"), 20),
        title=github.code(cluster.title, 110),
        size=figures.count(len(cluster.cases), "test"),
        facts=tuple(_facts(cluster, about)),
        excerpt=github.fence(excerpt(github.block(text, 20_000), detail.lines)) if traced and text else None,
        folds=tuple(fold for fold in folds if fold),
    )


def line(kind: Kind, cluster: Cluster, about: About) -> Md:
    """A cluster on one line."""
    known = next((match for match in cluster.matches if match.state == "accepted"), None)
    as_known = f" · {_reference(known, about)}" if known else ""
    return Md(f"{_WORDS[kind]}: {github.code(cluster.title, 90)} · {figures.count(len(cluster.cases), 'test')}{as_known}")


def _facts(cluster: Cluster, about: About) -> Iterator[Md]:
    yield from _of_the_past(cluster, about)
    if cluster.blocked_by:
        yield Md(f"Follows from cluster {github.prose(cluster.blocked_by.removeprefix('c'), 20)}: look at that one first.")
    number = about.issues.get(cluster.fingerprint)
    if number:
        yield Md(f"Tracked in {about.issue(f'#{number}')}")
    shown = sorted((match for match in cluster.matches if match.state != "rejected"), key=lambda match: match.state != "accepted")
    for match in shown[:MATCHES_SHOWN]:
        yield _match(match, about)
    if cluster.suspects:
        yield Md(f"First suspect: {_suspect(cluster.suspects[0], about)}")
    if cluster.impact:
        yield Md(f"Impact: {github.prose(cluster.impact)}")


def _of_the_past(cluster: Cluster, about: About) -> Iterator[Md]:
    """Why it is new or old: of a pull request against its base, else against the runs before."""
    past, base = cluster.past, cluster.base
    if base and about.pull_request is not None and cluster.classification not in SETTLED:
        sure = "" if base.kind == "not known" else f" ({base.confidence} confidence)"
        yield Md(f"{github.with_hashes(base.reason.rstrip('.'))}{sure}.")
        return
    if past and past.reason:
        kind = "" if cluster.classification == "unknown" else f"{cluster.classification.capitalize()}, {past.confidence} confidence: "
        reason = past.reason[:1].lower() + past.reason[1:] if kind else past.reason
        yield Md(f"{kind}{github.with_hashes(reason)}")


def _match(match: Match, about: About) -> Md:
    accepted = match.state == "accepted"
    title = f" {github.prose(match.title, 120)}" if match.title else ""
    closed = ", closed" if match.closed else ""
    cause = f" Root cause there: {github.prose(match.root_cause)}" if match.root_cause else ""
    verb = "Known as" if accepted else "Resembles"
    sure = closed.removeprefix(", ") if accepted else f"not confirmed{closed}, score {match.score:.2f}"
    return Md(f"{verb} {_reference(match, about)}{title}{f' ({sure})' if sure else ''}{'.' if cause else ''}{cause}")


def _reference(match: Match, about: About) -> Md:
    """An issue is linked when people accepted it: each link shows in the history of the issue, and a guess must not."""
    return about.issue(match.ref) if match.kind == "issue" and match.state == "accepted" else github.code(match.ref)


def _suspect(suspect: Suspect, about: About) -> Md:
    why = suspect.parts[0].why or suspect.parts[0].name if suspect.parts else ""
    reason = f": {github.prose(why, 120)}" if why else ""
    return Md(f"{about.commit(suspect.commit)} {github.prose(suspect.summary, 100)} (score {suspect.score:.2f}{reason})")


def _suspects(cluster: Cluster, about: About) -> Md | None:
    if len(cluster.suspects) < 2:
        return None
    lines = [f"{number}. {_suspect(suspect, about)}" for number, suspect in enumerate(cluster.suspects, 1)]
    note = github.with_hashes(cluster.suspects_note, 500)
    return github.fold(figures.count(len(lines), "suspect"), Md("\n".join([*lines, *(["", note] if note else [])])))


def _cases(cluster: Cluster, by_id: dict[str, Case], most: int) -> Md | None:
    if not most:
        return None
    lines = [f"- {github.code(name)}{_where(by_id.get(name))}" for name in cluster.cases[:most]]
    if len(cluster.cases) > most:
        lines.append(f"- and {len(cluster.cases) - most:,} more")
    return github.fold(figures.count(len(cluster.cases), "test"), Md("\n".join(lines)))


def _where(case: Case | None) -> str:
    if case is None:
        return ""
    place = f" · {github.code(str(case.location))}" if case.location else ""
    follows = f" · follows from {github.code(case.blocked_by.rsplit('::', 1)[-1], 80)}" if case.blocked_by else ""
    return f"{place}{follows}"


def cases_by_id(facts: Facts, clusters: tuple[Cluster, ...]) -> dict[str, dict[str, Case]]:
    """The cases of the runs that show clusters, by run and id."""
    wanted = {cluster.runs[-1] for cluster in clusters if cluster.runs}
    return {run.id: {case.id: case for case in run.cases} for run in facts.worklog.runs if run.id in wanted}
