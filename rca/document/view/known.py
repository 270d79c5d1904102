"""What a cluster resembles, and which commits are suspected of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rca.document.view.words import Facts, Fold
from rca.model import Cluster, Match, ScorePart, Suspect
from rca.text import figures
from rca.text.clean import one_line
from rca.text.safe import Md, code, inline, link, with_hashes

MATCHES_SHOWN = 5
WORDS_SHOWN = 8

_WORKLOG = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80}")
_HELD = {"held": "Its fix held.", "came back": "It came back after its fix.", "not judged": "Whether its fix held is not known."}


@dataclass(frozen=True)
class Suspected:
    """Suspects: the first in a line, all of them with the parts of their scores in a fold."""

    lines: tuple[Md, ...]
    fold: Fold | None


def matches(cluster: Cluster) -> Iterator[Md]:
    """The issues and worklogs that a cluster resembles, accepted ones first, without those that somebody rejected."""
    found = sorted((match for match in cluster.matches if match.state != "rejected"), key=lambda match: match.state != "accepted")
    for match in found[:MATCHES_SHOWN]:
        yield _worklog(match) if match.kind == "worklog" else _issue(match)


def _issue(match: Match) -> Md:
    state = "accepted" if match.state == "accepted" else "not confirmed"
    closed = ", closed" if match.closed else ""
    verb = "Known as" if match.state == "accepted" else "Resembles"
    return Md(f"{verb} {link(match.ref, match.url)} {inline(match.title)} ({state}{closed}; {_score(match)})")


def _worklog(match: Match) -> Md:
    where = link(match.ref, f"../{match.ref[:4]}/{match.ref}.md") if _WORKLOG.fullmatch(match.ref) else inline(match.ref)
    state = "accepted; " if match.state == "accepted" else ""
    cause = f" Root cause there: {inline(match.root_cause.rstrip('.'))}." if match.root_cause else ""
    held = f" {_HELD[match.held]}" if match.held else ""
    title = f" {inline(match.title)}" if match.title else ""
    return Md(f"An earlier worklog has it too: {where}{title} ({state}{_score(match)}).{cause}{held}")


def _score(match: Match) -> str:
    words = f": {', '.join(code(word) for word in match.evidence[:WORDS_SHOWN])}" if match.evidence else ""
    return f"score {match.score:.2f}{words}"


def suspects(cluster: Cluster, facts: Facts) -> Suspected:
    """The suspects of a cluster. They are a ranked list and no verdict."""
    note = with_hashes(one_line(cluster.suspects_note, 500))
    if not cluster.suspects:
        return Suspected((Md(f"No suspect. {note}"),) if note else (), None)
    first = cluster.suspects[0]
    why = first.parts[0].why or first.parts[0].name if first.parts else ""
    line = Md(
        f"First suspect: {facts.commit(first.commit)} {inline(first.summary)} (score {first.score:.2f}{f': {inline(why)}' if why else ''})"
    )
    lines = Md("\n".join(f"{number}. {_suspect(suspect, facts)}" for number, suspect in enumerate(cluster.suspects, 1)))
    return Suspected((line,), Fold(figures.count(len(cluster.suspects), "suspect"), Md(f"{lines}\n\n{note}" if note else lines)))


def _suspect(suspect: Suspect, facts: Facts) -> str:
    when = f" · {facts.moment(suspect.at)}" if suspect.at else ""
    parts = "; ".join(_part(part) for part in suspect.parts)
    summary = f" {inline(suspect.summary)}" if suspect.summary else ""
    return f"{facts.commit(suspect.commit)}{summary}{when} · score {suspect.score:.2f}{f': {parts}' if parts else ''}"


def _part(part: ScorePart) -> str:
    sign = "−" if part.points < 0 else "+"
    return f"{inline(part.name)} {sign}{abs(part.points):.2f}" + (f" ({inline(part.why)})" if part.why else "")
