"""Find messages that are nearly equal: the same words, other values.

Precision comes first. A different word (another field, host, service, state) is another cause; what looks like a value may
differ. So messages are compared only where type, place and their first 40 words agree, each with the leaders of such a
group and never with all others: the time grows with the number of messages, not with its square.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

ALIKE = 85.0
COMPARED = 500
WORDS = 40
LEADERS = 20

_TOKEN = re.compile(r"<[a-z]{2,8}>|[^\s\"'`,;=(){}\[\]|<…]+|[<…]")
_RANDOM = re.compile(r"[b-df-hj-np-tv-xz]{5}|^[0-9a-f]{8,64}$")
_HUMP = re.compile(r"[a-z][A-Z]|[A-Z][a-z]")
_EDGE = ".:!?*#"
VALUE = "•"


class Message(NamedTuple):
    """A message that may be merged: what it must agree in, its normalised text, how many failures have it."""

    type: str
    place: str
    normal: str
    size: int


def leaders(messages: Sequence[Message]) -> list[int]:
    """Return for each message the index of the one that leads it, which is its own where it is like no other.

    The most frequent lead, of equal ones the first in the alphabet; a message is compared with leaders only, so that
    likeness is never handed on from one to the next.
    """
    result = list(range(len(messages)))
    if len(messages) < 2:
        return result
    texts = [words(message.normal) for message in messages]
    groups: dict[tuple[str, str, str], list[int]] = {}
    for index, message in enumerate(messages):
        head = " ".join(texts[index].split(" ", WORDS)[:WORDS])
        groups.setdefault((message.type, message.place, head), []).append(index)
    for indexes in groups.values():
        if len(indexes) > 1:
            indexes.sort(key=lambda i: (-messages[i].size, messages[i].normal, i))
            _lead(texts, indexes, result)
    return result


def _lead(texts: Sequence[str], indexes: list[int], result: list[int]) -> None:
    from rapidfuzz.fuzz import ratio

    heads: list[tuple[str, int]] = []
    for index in indexes:
        text = texts[index][:COMPARED]
        for head, leader in heads:
            if ratio(text, head, score_cutoff=ALIKE):
                result[index] = leader
                break
        else:
            if len(heads) < LEADERS:
                heads.append((text, index))


def words(normal: str) -> str:
    """The words of a message in their order, each value, or several side by side, replaced by one mark."""
    kept: list[str] = []
    for token in _TOKEN.findall(normal):
        core = token.strip(_EDGE)
        if not core:
            continue
        word = VALUE if _is_value(core) else _short(core)
        if word != VALUE or kept[-1:] != [VALUE]:
            kept.append(word)
    return " ".join(kept)


def _is_value(word: str) -> bool:
    """Whether a word is a value by its looks: a class that normalising put in, letters at random."""
    if word == "…" or (word[0] == "<" and word[-1] == ">" and word[1:-1].isalpha()):
        return True
    if word.isalpha() and (word.islower() or word.istitle()):
        return len(word) >= 5 and _RANDOM.search(word) is not None
    return len(word) >= 12 and word.isalnum() and not word.isalpha() and len(_HUMP.findall(word)) * 4 > len(word)


def _short(word: str) -> str:
    """Of a long path the last two parts: what stands before is where it is installed. Of a compound, its parts that are words."""
    if "-" in word:
        word = "-".join(VALUE if _RANDOM.search(part) else part for part in word.split("-"))
    if word.count("/") < 3 or "://" in word:
        return word
    return "/".join(word.rstrip("/").rsplit("/", 2)[-2:])
