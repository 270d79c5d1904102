"""A first rule for a cluster, for people to edit: its type, and the telling part of its message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rca.causes.rule import Rule, Subject, Term
from rca.failures.generic import what_it_says
from rca.model import Cluster
from rca.text.normalise import normalise

# Characters of the message that a proposed rule asks for, at most.
LENGTH = 120

_CHANGING = re.compile(r"<(?:time|uuid|address|ip|duration|number|id|path)>|\[redacted\]|[…\n]")
_SHORT_NAME = re.compile(r"[.:\\/$]")


def propose_rule(cluster: Cluster) -> str:
    """A rule that fits the cluster, with `%` for what changes; a message that says little is joined by a frame or a test."""
    normal = normalise(cluster.message)
    terms = []
    if pieces := _pieces(normal, cluster.message):
        terms.append(Term("message", "LIKE", ("", *pieces, "")))
    if kind := _SHORT_NAME.split(cluster.error_type)[-1]:
        terms.append(Term("type", "LIKE", ("", kind)))
    if not pieces or what_it_says(cluster.error_type, normal) != "what":
        terms += _place(cluster)
    subject = Subject(cluster.message, cluster.error_type, cluster.cases, cluster.frames)
    return str(Rule((tuple(term for term in terms if term.holds(subject)),))) if terms else ""


def telling_pieces(cluster: Cluster) -> list[str]:
    """The fixed parts of a message that says what is wrong by itself; none of one that many failures have."""
    normal = normalise(cluster.message)
    return _pieces(normal, cluster.message) if what_it_says(cluster.error_type, normal) == "what" else []


def _pieces(normal: str, message: str) -> list[str]:
    """The fixed parts of the normalised message that the message itself holds, in their order."""
    pieces: list[str] = []
    place, room = 0, LENGTH
    for part in _CHANGING.split(normal):
        piece = part.strip()[:room]
        found = message.find(piece, place)
        if sum(char.isalpha() for char in piece) < 3 or found < 0:
            continue
        pieces.append(piece)
        place, room = found + len(piece), room - len(piece)
        if room < 4:
            break
    return pieces


def _place(cluster: Cluster) -> list[Term]:
    """The first frame, else the only test."""
    if cluster.frames:
        return [Term("frame", "=", (cluster.frames[0],))]
    return [Term("test", "=", (cluster.cases[0],))] if len(cluster.cases) == 1 else []


def with_rules(clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """Clusters, each with a rule: the one that it has, else a proposed one."""
    return tuple(cluster if cluster.rule else cluster.model_copy(update={"rule": propose_rule(cluster)}) for cluster in clusters)
