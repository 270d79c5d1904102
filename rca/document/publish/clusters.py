"""A cluster as a comment shows it: what fails, since when, what is suspected, a short excerpt; the rest is folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rca.document.publish.about import About
from rca.document.publish.detail import Detail
from rca.document.publish.groups import SETTLED, Kind
from rca.document.view.words import Facts
from rca.model import Case, Cluster, Match, Suspect
from rca.text import figures, github
from rca.text.excerpt import excerpt
from rca.text.safe import Md

MATCHES_SHOWN = 2
TITLE = 110
READ = 20_000

_WORDS: dict[Kind, str] = {
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
    fold: Md | None
    """The tests, and all suspects."""


def cluster_text(
    cluster: Cluster, by_id: dict[str, Case], about: About, detail: Detail, *, traced: bool, said: Md | None = None
) -> ClusterText:
    """A cluster with as much detail as there is room for; said: what stands above it, and need not be said again."""
    text = cluster.excerpt or cluster.message
    return ClusterText(
        number=github.plain(cluster.id.removeprefix("c"), 20),
        title=github.code(cluster.title, TITLE),
        size=figures.count(len(cluster.cases), "test"),
        facts=tuple(fact for fact in _facts(cluster, by_id, about) if not said or fact not in said),
        excerpt=github.fence(excerpt(github.block(text, READ), detail.lines)) if traced and text else None,
        fold=_fold(cluster, by_id, about, detail),
    )


def line(kind: Kind, cluster: Cluster, about: About) -> Md:
    """A cluster on one line."""
    known = next((match for match in cluster.matches if match.state == "accepted"), None)
    as_known = f" · {_reference(known, about)}" if known else ""
    what: str = _WORDS.get(kind, "")
    if kind == "before" and cluster.base and about.pull_request is not None:
        what = github.with_hashes(cluster.base.reason.rstrip("."))
    return Md(f"{what}: {github.code(cluster.title, TITLE)} · {figures.count(len(cluster.cases), 'test')}{as_known}")


def short_line(cluster: Cluster) -> Md:
    """A cluster for which there is no room, on one line."""
    return Md(
        f"Cluster {github.prose(cluster.id[1:], 20)}: {github.code(cluster.title, TITLE)} · {figures.count(len(cluster.cases), 'test')}"
    )


def _facts(cluster: Cluster, by_id: dict[str, Case], about: About) -> Iterator[Md]:
    if len(cluster.cases) == 1:
        yield _test(cluster.cases[0], by_id)
    yield from _of_the_past(cluster, about)
    if cluster.blocked_by:
        yield Md(f"Follows from cluster {github.prose(cluster.blocked_by.removeprefix('c'), 20)}: look at that one first.")
    number = about.issues.get(cluster.fingerprint)
    if number:
        yield Md(f"Tracked in {about.issue(f'#{number}')}")
    shown = sorted((match for match in cluster.matches if _tells(match)), key=lambda match: match.state != "accepted")
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
        sure = "" if base.kind == "not known" else f"; {base.confidence} confidence"
        yield Md(f"{github.with_hashes(base.reason.rstrip('.'))}{sure}.")
        return
    if past and past.reason:
        kind = "" if cluster.classification == "unknown" else f"{cluster.classification.capitalize()}, {past.confidence} confidence: "
        reason = past.reason[:1].lower() + past.reason[1:] if kind else past.reason
        yield Md(f"{kind}{github.with_hashes(reason)}")


def _tells(match: Match) -> bool:
    """That an earlier worklog has it too tells something when it found out why."""
    return match.state == "accepted" or (match.state == "proposed" and (match.kind == "issue" or bool(match.root_cause)))


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


def _fold(cluster: Cluster, by_id: dict[str, Case], about: About, detail: Detail) -> Md | None:
    """Tests and further suspects in one fold: the only test and the first suspect are told above."""
    parts = []
    if detail.cases and len(cluster.cases) > 1:
        parts.append((figures.count(len(cluster.cases), "test"), _cases(cluster, by_id, detail.cases)))
    if detail.suspects and len(cluster.suspects) > 1:
        parts.append((figures.count(len(cluster.suspects) - 1, "more suspect"), _suspects(cluster, about)))
    if not parts:
        return None
    return github.fold(", ".join(name for name, _ in parts), Md("\n\n".join(body for _, body in parts)))


def _suspects(cluster: Cluster, about: About) -> Md:
    lines = [f"{number}. {_suspect(suspect, about)}" for number, suspect in enumerate(cluster.suspects[1:], 2)]
    note = github.with_hashes(cluster.suspects_note, 500)
    return Md("\n".join(["Further suspects:", "", *lines, *(["", note] if note else [])]))


def _cases(cluster: Cluster, by_id: dict[str, Case], most: int) -> Md:
    lines = [f"- {_test(name, by_id)}" for name in cluster.cases[:most]]
    if len(cluster.cases) > most:
        lines.append(f"- and {len(cluster.cases) - most:,} more")
    return Md("\n".join(lines))


def _test(name: str, by_id: dict[str, Case]) -> Md:
    """A test: its class and name (the suite is in the worklog), where it stands, what it follows from."""
    case = by_id.get(name)
    if case is None:
        return github.code(name)
    again = "" if case.repeat == 1 else f"#{case.repeat}"
    shown = "::".join(part for part in (case.classname or case.suite, case.name) if part) + again
    place = f" · {github.code(str(case.location))}" if case.location else ""
    follows = f" · follows from {github.code(case.blocked_by.rsplit('::', 1)[-1], 80)}" if case.blocked_by else ""
    return Md(f"{github.code(shown or name)}{place}{follows}")


def cases_by_id(facts: Facts, clusters: Sequence[Cluster]) -> dict[str, dict[str, Case]]:
    """The cases of the runs that show clusters, by run and id."""
    wanted = {cluster.runs[-1] for cluster in clusters if cluster.runs}
    return {run.id: {case.id: case for case in run.cases} for run in facts.worklog.runs if run.id in wanted}
