"""Whether a text that somebody states is the one that the reports show, with the normalisation by which failures are grouped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rca.failures.description import describe
from rca.failures.generic import what_it_says
from rca.failures.near import VALUE
from rca.failures.near import WORDS as COMPARED
from rca.failures.near import words as in_words
from rca.model import Case, Cluster, Failure
from rca.text.clean import one_line
from rca.text.normalise import normalise
from rca.whys.words import stem

Fit = Literal["agrees", "contradicts", "cannot tell"]

STATED_WORDS = 400
LINES = 8
LEAST_WORDS = 2
# How many words may stand around those of a message, in another order, for a text to be about it.
PADDING = 4

# What stands for any value in a text that a person writes.
_PLACEHOLDER = re.compile(r"<[^<>\n]{1,60}>|\{[^{}\n]{0,60}\}|\.\.\.|…")
# Lines of a trace that say what was raised, besides the one that counts.
_RAISED = re.compile(
    r"^(?:E {1,8}|Caused by: |\[cause\]: )?([A-Za-z_][\w.$:]{0,120}(?:Error|Exception|Failure|Unavailable)\b.{0,600})", re.MULTILINE
)
_WRAPPERS = {"", "AssertionError", "Error", "Exception", "panic"}


@dataclass(frozen=True, slots=True)
class Said:
    """A message in normal form. kind: short name of its type. telling: it could not stand for any failure."""

    text: str
    kind: str
    words: tuple[str, ...]
    telling: bool
    where: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a stated text fits what failures say.

    nearest: the message that is nearest, as reported; cluster: whose. unforetold: clusters of those explained that say
    something else than the text, although it fits another one.
    """

    fit: Fit
    reason: str
    nearest: str = ""
    cluster: str = ""
    unforetold: tuple[str, ...] = ()


def said_by(cluster: Cluster) -> tuple[Said, ...]:
    """What a cluster says: its message, then what else its trace shows as raised."""
    kind = _short(cluster.error_type)
    normal = normalise(cluster.message)
    own = Said(
        text=one_line(cluster.message or cluster.title, 300),
        kind=kind,
        words=_words(normal)[:COMPARED],
        telling=bool(normal) and what_it_says(cluster.error_type, normal) != "nothing",
        where=cluster.id,
    )
    others: dict[tuple[str, ...], Said] = {own.words: own}
    for match in _RAISED.finditer(cluster.excerpt):
        said = stated(match[1], where=cluster.id)
        others.setdefault(said.words, said)
        if len(others) > LINES:
            break
    return tuple(others.values())


def stated(text: str, where: str = "") -> Said:
    """A text as a person states it, in normal form; what stands in `<…>`, `{…}` or as `…` is any value."""
    plain = _PLACEHOLDER.sub("<value>", text)
    description = describe(Case("", "", "", "failed", failures=[Failure("failure", message=plain)]))
    words = _words(description.normal)
    return Said(one_line(text, 300), _short(description.type), words[:STATED_WORDS], telling=bool(words), where=where)


def _short(kind: str) -> str:
    return re.split(r"[.:\\]", kind)[-1]


def _words(normal: str) -> tuple[str, ...]:
    return tuple(word for word in in_words(normal).lower().split(" ") if word == VALUE or any(map(str.isalnum, word)))


def same(text: Said, message: Said) -> bool:
    """Whether a stated text and a message are the same error: all words of the one are in the other, whatever the values."""
    if text.kind and message.kind and text.kind != message.kind and not {text.kind, message.kind} & _WRAPPERS:
        return False
    said, stated_ = [w for w in message.words if w != VALUE], [w for w in text.words if w != VALUE]
    if not stated_ or not said:
        return False
    if _within(message.words, text.words):
        return True
    if (len(stated_) >= LEAST_WORDS or 2 * len(stated_) >= len(said)) and _within(text.words, message.words):
        return True
    return set(said) <= set(stated_) and len(stated_) <= 2 * len(said) + PADDING


def _within(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether words stand in a row within others; a value is like any word."""
    return any(
        all(a in {b, VALUE} or b == VALUE for a, b in zip(part, whole[at : at + len(part)], strict=True))
        for at in range(len(whole) - len(part) + 1)
    )


def likeness(text: Said, message: Said) -> float:
    """The share of word beginnings that two texts have in common, from 0 to 1."""
    mine, theirs = {stem(word) for word in text.words}, {stem(word) for word in message.words}
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0


def compare(text: str, messages: Sequence[Sequence[Said]]) -> Agreement:
    """Hold a stated failure text against the messages of clusters (one sequence for each, its own message first).

    A text of several lines may state several errors, one a line.
    """
    lines = [line for line in text.split("\n") if line.strip()][:LINES]
    texts = [stated(text), *map(stated, lines if len(lines) > 1 else ())]
    groups = [group for group in messages if group]
    if not groups:
        return Agreement("cannot tell", "no cluster is named whose messages it could be compared with")
    if not texts[0].words:
        return _type_only(texts[0], groups)
    fits = [next((said for said in group for line in texts if same(line, said)), None) for group in groups]
    nearest = max((said for group in groups for said in group), key=lambda said: max(likeness(line, said) for line in texts))
    if any(fits):
        found = next(said for said in fits if said)
        others = tuple(group[0].where for group, fit in zip(groups, fits, strict=True) if fit is None and group[0].telling)
        return Agreement("agrees", f"it is what {found.where} says", found.text, found.where, others)
    if not any(said.telling for group in groups for said in group):
        return Agreement("cannot tell", f"{nearest.where} says nothing by which a cause could be told", nearest.text, nearest.where)
    if len(texts[0].words) < LEAST_WORDS and set(texts[0].words) <= set(nearest.words):
        return Agreement("cannot tell", f"one word is too little; {nearest.where} says “{nearest.text}”", nearest.text, nearest.where)
    return Agreement("contradicts", _difference(texts[0], nearest), nearest.text, nearest.where)


def _type_only(text: Said, groups: Sequence[Sequence[Said]]) -> Agreement:
    """Judge a text that has no message."""
    if not text.kind:
        return Agreement("cannot tell", "the text has no words to compare")
    everything = [said for group in groups for said in group]
    if any(said.kind in {text.kind, ""} for said in everything):
        return Agreement("cannot tell", "it names a type only; add the message")
    first = everything[0]
    return Agreement("contradicts", f"it names {text.kind}; {first.where} is a {first.kind}", first.text, first.where)


def _difference(text: Said, message: Said) -> str:
    if text.kind and message.kind and text.kind != message.kind and text.words == message.words:
        return f"it names {text.kind}; {message.where} is a {message.kind}"
    mine = [word for word in text.words if word not in message.words and word != VALUE]
    theirs = [word for word in message.words if word not in text.words and word != VALUE]
    parts = [f"{message.where} says “{message.text}”"]
    if mine:
        parts.append(f"nothing there of {', '.join(mine[:6])}")
    if theirs:
        parts.append(f"the text lacks {', '.join(theirs[:6])}")
    return "; ".join(parts)
