"""Which of many texts a short text is about: words weighted by how rare they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from math import log, log1p, sqrt
from typing import NamedTuple

MAX_WORDS = 3_000
# A word that more than this share of the texts hold tells nothing, and would cost the most.
COMMON = 0.25
COMMON_FROM = 40

_WORD = re.compile(r"(?<!\w)_*([^\W\d_]\w{1,79})|(?<![\w.:-])[1-5]\d\d(?![\w.:-])")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_HEX = re.compile(r"[0-9a-fA-F]{6,}")


def words(text: str) -> list[str]:
    """The words of a text in lower case: names whole and in their parts (`ReadTimeout`, `read`, `timeout`), no changing values.

    A number of three digits from 100 to 599 counts, since it may be a status.
    """
    found: list[str] = []
    for match in _WORD.finditer(text):
        word = match[1] or match[0]
        if word.isdigit() or (word.islower() and word.isalpha()):
            found.append(word)
        elif not _is_value(word):
            found.append(word.lower())
            parts = _PART.findall(word) if word.isascii() else ()
            if len(parts) > 1:
                found += [part.lower() for part in parts if len(part) > 1]
        if len(found) >= MAX_WORDS:
            break
    return found


def _is_value(word: str) -> bool:
    """Whether a word looks like a hash or a number of something."""
    digits = sum(map(str.isdigit, word))
    return digits > 3 or (digits > 0 and bool(_HEX.fullmatch(word)))


class Found(NamedTuple):
    """A text that was found: its place, a score from 0 to 1, and the words that it shares with their weights.

    The score lies between the likeness of the two texts (the cosine) and the share of the query's weight that the text
    holds. The first alone falls with the length of a text, the second alone rises with it.
    """

    number: int
    score: float
    shared: dict[str, float]


class Index:
    """Texts by their words. Each text is a list of words with the weight that its place gives them."""

    def __init__(self, texts: Sequence[Mapping[str, float]], others: Sequence[Mapping[str, float]] = ()) -> None:
        """Take the texts that can be found; `others` only tell how common words are."""
        total = len(texts) + len(others)
        counts = Counter(word for text in (*texts, *others) for word in text)
        most = COMMON * total if total >= COMMON_FROM else total
        self._idf = {word: log((1 + total) / (1 + count)) + 1 if count <= most else 0.0 for word, count in counts.items()}
        self._texts = texts
        self._unseen = log(1 + total) + 1
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for number, text in enumerate(texts):
            vector = {word: log1p(weight) * self._idf[word] for word, weight in text.items() if self._idf[word]}
            length = sqrt(sum(value * value for value in vector.values())) or 1.0
            for word, value in vector.items():
                self._postings.setdefault(word, []).append((number, value / length))

    def search(self, query: Mapping[str, float], most: int) -> list[Found]:
        """The texts that share the most with the query, the best first; of equal ones the first."""
        weights = {word: log1p(weight) * self._idf.get(word, self._unseen) for word, weight in query.items()}
        length = sqrt(sum(value * value for value in weights.values())) or 1.0
        cosines: dict[int, float] = {}
        shares: dict[int, float] = {}
        for word, weight in weights.items():
            part = weight / length
            for number, value in self._postings.get(word, ()):
                cosines[number] = cosines.get(number, 0.0) + value * part
                shares[number] = shares.get(number, 0.0) + part * part
        scores = ((sqrt(cosine * min(1.0, shares[number])), number) for number, cosine in cosines.items())
        best = nsmallest(most, ((-score, number) for score, number in scores))
        return [Found(number, -score, self._shared(weights, number)) for score, number in best]

    def _shared(self, weights: Mapping[str, float], number: int) -> dict[str, float]:
        return {word: weight for word, weight in weights.items() if weight and word in self._texts[number]}
