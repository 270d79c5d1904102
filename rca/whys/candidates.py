"""Evidence that is offered for a question: at most five pieces, each with why it is offered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from rca.causes.tfidf import words
from rca.model import Cluster, Evidence, EvidenceKind, Leg
from rca.text import figures
from rca.text.clean import one_line
from rca.text.refs import parse_ref
from rca.whys.material import EXCERPT, Material
from rca.whys.words import stem, terms

MOST = 5
OF_ONE_KIND = 2
USED_AGAIN = 0.4
CLUSTERS = 5
CASES = 4
PLACES = 8
HUNKS = 60
EVENTS = 50
ISSUES = 300
# Words that an issue or a worklog must share with a question when nothing else speaks for it.
LEAST_SHARED = 2
LONGEST = 600
# A line of a log that scores less than this is only offered for a word that it shares.
FAINT = 0.5
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
    """What could be offered. needs: how many words it must share with the question."""

    ref: Evidence
    excerpt: str
    why: str
    worth: float
    terms: frozenset[str]
    needs: int = 0


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
    wanted = terms(text)
    ranked = []
    for place, offer in enumerate(pool_of(material, clusters)):
        shared = wanted & offer.terms
        if offer.ref.ref not in taken and len(shared) >= offer.needs:
            again = USED_AGAIN if offer.ref.ref in used else 0.0
            score = _WORTH[leg].get(offer.ref.kind, 0.0) + offer.worth - again + 1.5 * len(shared) / (2 + len(wanted)) ** 0.5
            ranked.append((-score, place, offer, shared))
    ranked.sort(key=lambda entry: entry[:2])
    return tuple(_shown(offer, shared) for offer, shared in _varied(ranked))


def _varied(ranked: list[tuple[float, int, _Offer, frozenset[str]]]) -> Iterator[tuple[_Offer, frozenset[str]]]:
    """The first five, of one kind no more than two; what says the same as one before comes after all others."""
    kinds: dict[str, int] = {}
    said: set[str] = set()
    first: list[tuple[_Offer, frozenset[str]]] = []
    again: list[tuple[_Offer, frozenset[str]]] = []
    for _, _, offer, shared in ranked:
        (again if offer.ref.excerpt and offer.ref.excerpt in said else first).append((offer, shared))
        said.add(offer.ref.excerpt)
    chosen = 0
    for offer, shared in (*first, *again):
        kinds[offer.ref.kind] = kinds.get(offer.ref.kind, 0) + 1
        if kinds[offer.ref.kind] <= OF_ONE_KIND and chosen < MOST:
            chosen += 1
            yield offer, shared


def _shown(offer: _Offer, shared: frozenset[str]) -> Candidate:
    named = [word for word in dict.fromkeys(words(f"{offer.excerpt} {offer.ref.ref}")) if stem(word) in shared][:3]
    lead, end = ("and ", " with the question") if " with the failures" in offer.why else ("shares ", "")
    why = f"{offer.why}; {lead}{', '.join(named)}{end}" if named else offer.why
    return Candidate(offer.ref, offer.excerpt, why)


def pool_of(material: Material, clusters: tuple[str, ...]) -> tuple[_Offer, ...]:
    """All that could be offered for an investigation of these clusters, worked out once."""
    key = clusters[:CLUSTERS]
    with material.lock:
        pool = material.pools.get(key)
        if pool is None:
            pool = material.pools[key] = tuple(_pool(material, key))
        return cast("tuple[_Offer, ...]", pool)


def _offer(
    kind: EvidenceKind, ref: str, excerpt: str, why: str, worth: float = 0.0, *, about: str = "", sha256: str = "", needs: int = 0
) -> _Offer:
    """about: words that belong to it and are not shown."""
    line = one_line(excerpt, EXCERPT)
    shown = excerpt[:LONGEST] if "\n" in excerpt else line
    return _Offer(Evidence(kind=kind, ref=ref, excerpt=line, sha256=sha256), shown, why, worth, terms(f"{excerpt} {ref} {about}"), needs)


def _pool(material: Material, clusters: tuple[str, ...]) -> Iterator[_Offer]:
    """All that could be offered for an investigation of these clusters, each ref once; no place that is known not to be there."""
    offers: dict[tuple[str, str], _Offer] = {}
    for offer in _all(material, clusters):
        offers.setdefault((offer.ref.kind, offer.ref.ref), offer)
    places = [offer.ref for offer in offers.values() if offer.ref.kind == "location" and "@" in offer.ref.ref]
    gone = {one.ref for one in material.beside.resolve(places) if one.state == "missing"} if places else set()
    yield from (offer for offer in offers.values() if offer.ref.kind != "location" or offer.ref.ref not in gone)


def _all(material: Material, clusters: tuple[str, ...]) -> Iterator[_Offer]:
    known = [cluster for cid in clusters if (cluster := material.ground.clusters.get(cid))]
    for cluster in known:
        yield from _of_cluster(material, cluster)
        yield from _of_past(cluster)
    yield from _of_hunks(material, known)
    for line in material.beside.log_lines(clusters):
        why = line.why or f"a line of {line.path}"
        worth, needs = min(0.3, 0.15 * line.score), int(line.score < FAINT)
        yield _offer("log", line.ref, line.excerpt or line.text, why, worth, sha256=line.sha256, needs=needs)
    for cause in material.beside.earlier(clusters):
        held = {"held": ", and its fix held", "came back": ", and it came back after its fix"}.get(cause.held, "")
        yield _offer(
            "worklog", cause.worklog, cause.root_cause or cause.title, f"had the same error{held}", 0.2 if cause.root_cause else 0.0
        )
    for event in material.worklog.timeline[-EVENTS:]:
        found = parse_ref(event.ref) if event.ref else ""
        if isinstance(found, Evidence):
            yield _offer(found.kind, found.ref, event.text, f"on the timeline at {event.at:%Y-%m-%d %H:%M} UTC")
    for issue in material.beside.issues()[:ISSUES]:
        why = f"{'an open' if issue.open else 'a closed'} issue"
        yield _offer("issue", issue.ref, issue.title, why, -0.2, needs=LEAST_SHARED)


def _of_hunks(material: Material, clusters: Sequence[Cluster]) -> Iterator[_Offer]:
    """What the suspects changed; most of all lines with words of the messages, and files of the traces."""
    suspects = {suspect.commit: (suspect, cluster) for cluster in reversed(clusters) for suspect in reversed(cluster.suspects)}
    said = frozenset().union(*(terms(cluster.message or cluster.title) for cluster in clusters))
    for hunk in material.beside.hunks(tuple(cluster.id for cluster in clusters))[:HUNKS]:
        if hunk.commit not in suspects:
            continue
        suspect, cluster = suspects[hunk.commit]
        in_trace = any(_same_file(hunk.path, frame.partition(":")[0]) for frame in cluster.frames)
        worth = 0.3 * suspect.score + 0.2 * in_trace + 0.3 * bool(said & terms(hunk.text))
        why = f"changed by “{one_line(suspect.summary, 60)}”, a suspect of {cluster.id}" + ", in a file of the trace" * in_trace
        yield _offer("location", f"{hunk.path}:{hunk.line}@{hunk.commit[:12]}", hunk.text, why, worth, about=suspect.summary)


def _same_file(path: str, other: str) -> bool:
    """Whether two paths may be one: each may begin further up or further down than the other."""
    return path == other or path.endswith(f"/{other}") or other.endswith(f"/{path}")


def _of_cluster(material: Material, cluster: Cluster) -> Iterator[_Offer]:
    why = f"the message of {figures.count(len(cluster.cases), 'case')}"
    yield _offer("cluster", cluster.id, cluster.message or cluster.title, why, 0.1)
    for number, cid in enumerate(dict.fromkeys([cluster.example or cluster.cases[0], *cluster.cases[:CASES]] if cluster.cases else [])):
        yield _offer("case", cid, cluster.message, f"a failing case of {cluster.id}", 0.1 if number == 0 else 0.0)
    run = material.ground.runs.get(cluster.runs[-1]) if cluster.runs else None
    commit = (run.context.commit or "")[:12] if run else ""
    for number, (path, line, code) in enumerate(_places(cluster)):
        ref = f"{path}:{line}" + (f"@{commit}" if commit else "")
        yield _offer("location", ref, code, f"a frame of {cluster.id}", 0.1 if number == 0 else 0.0)
    for suspect in cluster.suspects:
        part = next(iter(suspect.parts), None)
        because = f" ({part.name}: {one_line(part.why, 80)})" if part and part.why else ""
        why = f"a suspect of {cluster.id}, score {suspect.score:.2f}{because}"
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
        if any(_same_file(path, name) for name in own):
            below = cluster.excerpt[match.end() : match.end() + 300].split("\n")
            yield path, match[2], below[1].strip() if len(below) > 1 else ""
            found += 1
        if found >= PLACES:
            return


def _of_past(cluster: Cluster) -> Iterator[_Offer]:
    first = cluster.past.first_bad if cluster.past else None
    if first is not None and first.commit:
        yield _offer("commit", first.commit[:12], "", f"the first run that showed {cluster.id} ran on it", 0.05)
