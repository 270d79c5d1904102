"""Evidence that is offered for a question: at most five pieces, each with why it is offered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rca.causes.tfidf import words
from rca.model import Cluster, Evidence, EvidenceKind, Leg
from rca.text.clean import one_line
from rca.whys.material import EXCERPT, Material
from rca.whys.refs import parse_ref
from rca.whys.words import stem, terms

MOST = 5
OF_ONE_KIND = 2
USED_AGAIN = 0.4
CLUSTERS = 5
CASES = 4
PLACES = 8
LOG_LINES = 500
EVENTS = 50
# A place of the trace on a line of its own, as pytest and compilers print it, or within a frame.
_PLACE = re.compile(r"(?m)^[ \t]{0,12}(?:at |\(|File \")?((?:[\w.@+-]+/){0,20}[\w.@+-]+\.[A-Za-z]{1,5})(?:\", line |:)(\d{1,7})\b")

# How much each kind is worth to a leg before words are looked at.
_WORTH: Mapping[Leg, Mapping[EvidenceKind, float]] = {
    "occurrence": {"location": 0.5, "commit": 0.5, "log": 0.4, "cluster": 0.4, "case": 0.3, "issue": 0.3, "worklog": 0.2, "metric": 0.2},
    "detection": {"case": 0.6, "location": 0.3, "worklog": 0.3, "cluster": 0.3, "commit": 0.2, "issue": 0.2, "log": 0.1, "metric": 0.3},
    "systemic": {"worklog": 0.6, "issue": 0.5, "commit": 0.4, "location": 0.2, "cluster": 0.1, "case": 0.1, "log": 0.1, "metric": 0.1},
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece of evidence, what it says, and why it is offered."""

    ref: Evidence
    excerpt: str
    why_offered: str


@dataclass(frozen=True, slots=True)
class _Offer:
    ref: Evidence
    excerpt: str
    why: str
    worth: float
    terms: frozenset[str]


def candidates(
    material: Material,
    clusters: tuple[str, ...],
    leg: Leg,
    text: str,
    taken: frozenset[str] = frozenset(),
    used: frozenset[str] = frozenset(),
) -> tuple[Candidate, ...]:
    """The best evidence for a question in a leg that follows from `text`.

    taken: refs that are attached to it already. used: refs that are attached elsewhere, which are offered again only after others.
    """
    key = clusters[:CLUSTERS]
    pool = material.pools.get(key)
    if pool is None:
        pool = material.pools[key] = tuple(_pool(material, key))
    wanted = terms(text)
    ranked = []
    for place, offer in enumerate(pool):  # type: ignore[arg-type, var-annotated]
        if offer.ref.ref not in taken:
            shared = wanted & offer.terms
            again = USED_AGAIN if offer.ref.ref in used else 0.0
            score = _WORTH[leg].get(offer.ref.kind, 0.0) + offer.worth - again + 1.5 * len(shared) / (2 + len(wanted)) ** 0.5
            ranked.append((-score, place, offer, shared))
    ranked.sort(key=lambda entry: entry[:2])
    return tuple(_shown(offer, shared) for offer, shared in _varied(ranked))


def _varied(ranked: list[tuple[float, int, _Offer, frozenset[str]]]) -> Iterator[tuple[_Offer, frozenset[str]]]:
    """The first five, of one kind no more than two."""
    kinds: dict[str, int] = {}
    for _, _, offer, shared in ranked:
        kinds[offer.ref.kind] = kinds.get(offer.ref.kind, 0) + 1
        if kinds[offer.ref.kind] <= OF_ONE_KIND:
            yield offer, shared
        if sum(min(count, OF_ONE_KIND) for count in kinds.values()) >= MOST:
            return


def _shown(offer: _Offer, shared: frozenset[str]) -> Candidate:
    named = [word for word in dict.fromkeys(words(f"{offer.excerpt} {offer.ref.ref}")) if stem(word) in shared][:3]
    why = f"{offer.why}; shares {', '.join(named)}" if named else offer.why
    return Candidate(offer.ref, offer.excerpt, why)


def _offer(kind: EvidenceKind, ref: str, excerpt: str, why: str, worth: float = 0.0) -> _Offer:
    excerpt = one_line(excerpt, EXCERPT)
    return _Offer(Evidence(kind=kind, ref=ref, excerpt=excerpt), excerpt, why, worth, terms(f"{excerpt} {ref}"))


def _pool(material: Material, clusters: tuple[str, ...]) -> Iterator[_Offer]:
    """All that could be offered for an investigation of these clusters, each ref once."""
    seen: set[tuple[str, str]] = set()
    for offer in _all(material, clusters):
        if (offer.ref.kind, offer.ref.ref) not in seen:
            seen.add((offer.ref.kind, offer.ref.ref))
            yield offer


def _all(material: Material, clusters: tuple[str, ...]) -> Iterator[_Offer]:
    for cid in clusters:
        cluster = material.ground.clusters.get(cid)
        if cluster is not None:
            yield from _of_cluster(material, cluster)
            yield from _of_past(cluster)
    for line in material.log_lines[:LOG_LINES]:
        yield _offer("log", f"{line.path}:{line.line}", line.text, f"a line of {line.path}", 0.1)
    for event in material.worklog.timeline[-EVENTS:]:
        found = parse_ref(event.ref) if event.ref else ""
        if isinstance(found, Evidence):
            yield _offer(found.kind, found.ref, event.text, f"on the timeline at {event.at:%Y-%m-%d %H:%M} UTC")


def _of_cluster(material: Material, cluster: Cluster) -> Iterator[_Offer]:
    yield _offer("cluster", cluster.id, cluster.message or cluster.title, f"the message of {len(cluster.cases):,} case(s)", 0.1)
    for number, cid in enumerate(dict.fromkeys([cluster.example or cluster.cases[0], *cluster.cases[:CASES]] if cluster.cases else [])):
        yield _offer("case", cid, cluster.message, f"a failing case of {cluster.id}", 0.1 if number == 0 else 0.0)
    run = material.ground.runs.get(cluster.runs[-1]) if cluster.runs else None
    commit = (run.context.commit or "")[:12] if run else ""
    for number, (path, line, code) in enumerate(_places(cluster)):
        ref = f"{path}:{line}" + (f"@{commit}" if commit else "")
        yield _offer("location", ref, code, f"a frame of {cluster.id}", 0.1 if number == 0 else 0.0)
    for suspect in cluster.suspects:
        part = next(iter(suspect.parts), None)
        why = f"a suspect of {cluster.id}, score {suspect.score:.2f}" + (
            f" ({part.name}: {one_line(part.why, 80)})" if part and part.why else ""
        )
        yield _offer("commit", suspect.commit[:12], suspect.summary, why, 0.3 * suspect.score)
    for match in cluster.matches:
        if match.state != "rejected":
            why = f"{'accepted for' if match.state == 'accepted' else 'resembles'} {cluster.id}, {match.score:.2f}"
            yield _offer(match.kind, match.ref, match.root_cause or match.title, why, 0.3 * match.score)


def _places(cluster: Cluster) -> Iterator[tuple[str, str, str]]:
    """Places of own code in the trace: path, line, and what stands below; the frames of the cluster say which files are own."""
    own = {frame.partition(":")[0] for frame in cluster.frames}
    found = 0
    for match in _PLACE.finditer(cluster.excerpt):
        path = match[1]
        if any(path == name or path.endswith(f"/{name}") or name.endswith(f"/{path}") for name in own):
            below = cluster.excerpt[match.end() : match.end() + 300].split("\n")
            yield path, match[2], below[1].strip() if len(below) > 1 else ""
            found += 1
        if found >= PLACES:
            return


def _of_past(cluster: Cluster) -> Iterator[_Offer]:
    first = cluster.past.first_bad if cluster.past else None
    if first is not None and first.commit:
        yield _offer("commit", first.commit[:12], "", f"the first run that showed {cluster.id} ran on it", 0.05)
