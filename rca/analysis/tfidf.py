"""Which of many texts a short text is about: words weighted by how rare they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import log, log1p, sqrt

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


class Index:
    """Texts by their words. Each text is a list of words with the weight that its place gives them."""

    def __init__(self, texts: Sequence[Mapping[str, float]], others: Sequence[Mapping[str, float]] = ()) -> None:
        """Take the texts that can be found; `others` only tell how common words are."""
        total = len(texts) + len(others)
        counts = Counter(word for text in (*texts, *others) for word in text)
        most = COMMON * total if total >= COMMON_FROM else total
        self._idf = {word: log((1 + total) / (1 + count)) + 1 if count <= most else 0.0 for word, count in counts.items()}
        self._unseen = log(1 + total) + 1
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for number, text in enumerate(texts):
            vector = {word: log1p(weight) * self._idf[word] for word, weight in text.items() if self._idf[word]}
            length = sqrt(sum(value * value for value in vector.values())) or 1.0
            for word, value in vector.items():
                self._postings.setdefault(word, []).append((number, value / length))

    def search(self, query: Mapping[str, float]) -> dict[int, tuple[float, dict[str, float]]]:
        """For each text that shares words with the query: cosine, and the share of the query that each word makes up."""
        weights = {word: log1p(weight) * self._idf.get(word, self._unseen) for word, weight in query.items()}
        weights = {word: weight for word, weight in weights.items() if weight}
        length = sqrt(sum(value * value for value in weights.values())) or 1.0
        found: dict[int, tuple[float, dict[str, float]]] = {}
        for word, weight in weights.items():
            for number, value in self._postings.get(word, ()):
                cosine, shared = found.get(number, (0.0, {}))
                shared[word] = weight * weight / (length * length)
                found[number] = (cosine + value * weight / length, shared)
        return found
