"""The words of failures that are looked for in logs: ids, compound names, and plain words that are not in every text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["id", "name", "word", "level"]

IDS, NAMES, WORDS = 16, 12, 20
TEXTS, TEXT = 500, 4_000  # texts that are read, and characters of each

_WEIGHTS: dict[Kind, float] = {"id": 3.0, "name": 1.5, "word": 1.0, "level": 0.0}
_ID = re.compile(
    r"(?<![\w-])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=[0-9a-f]{0,63}\d)(?=\d{0,63}[a-f])[0-9a-f]{8,64}"
    r"|[A-Za-z][A-Za-z_]{0,30}[-_#]\d{2,20}|(?=[A-Za-z-]{0,40}\d)[A-Za-z]{2,12}-[A-Za-z0-9]{6,40}|\d{5,24})(?![\w-])"
)
_NAME = re.compile(r"[^\W\d]\w{0,80}(?:[-./][^\W\d]\w{0,80}){0,8}")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+")
_STOP = frozenset(
    """test tests error errors exception failed failure fails fail expected actual assert assertion assertionerror with from that this have
    been were when then than what which while where does doesn into after before during about none null true false undefined value values
    line file files call called calls raise raised return returned returns object type types class function method name names message
    info debug warning python java node modules module self args kwargs string number should could would must cannot they them there
    here also only just more most some other e2e integration unit spec suite case cases pytest""".split()  # noqa: SIM905 -- a list to read
)


@dataclass(frozen=True, slots=True)
class Sought:
    """A word in lower case, and what it is: `id`, compound `name`, plain `word`, or a word of trouble (`level`).

    needle: its bytes in a log in lower case. strong: it says something also where the time does not fit.
    weight: what it adds to a score when it is rare.
    """

    text: str
    kind: Kind
    needle: bytes = field(init=False)
    strong: bool = field(init=False)
    weight: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needle", self.text.encode("utf-8", "replace"))
        object.__setattr__(self, "strong", self.kind in {"id", "name"})
        object.__setattr__(self, "weight", _WEIGHTS[self.kind])

    def stands_in(self, lower: bytes) -> bool:
        """Whether it stands in the text alone: `p-33` is no part of `p-335`."""
        place = lower.find(self.needle)
        while place >= 0:
            end = place + len(self.needle)
            if not (lower[place - 1 : place].isalnum() and place) and not lower[end : end + 1].isalnum():
                return True
            place = lower.find(self.needle, end)
        return False


def sought(texts: Sequence[str]) -> tuple[Sought, ...]:
    """What to look for: ids first, then names, then words, each kind by the number of texts that hold it, then in their order."""
    counts: dict[str, Counter[str]] = {"id": Counter(), "name": Counter(), "word": Counter()}
    for text in texts[:TEXTS]:
        for kind, found in _words(text[:TEXT]).items():
            counts[kind].update(dict.fromkeys(found, 1))
    ids = [Sought(word, "id") for word, _ in counts["id"].most_common(IDS)]
    names = [Sought(word, "name") for word, _ in counts["name"].most_common(NAMES)]
    words = [Sought(word, "word") for word, _ in counts["word"].most_common(WORDS)]
    return (*ids, *names, *words)


def _words(text: str) -> dict[str, list[str]]:
    ids = [match[0].lower() for match in _ID.finditer(text)]
    names: list[str] = []
    words: list[str] = []
    for match in _NAME.finditer(text):
        name = match[0]
        parts = [part.lower() for part in _PART.findall(name)]
        telling = [part for part in parts if len(part) >= 4 and part not in _STOP]
        words += telling
        if len(parts) > 1 and telling and not name.lower().startswith("test") and name.lower() not in ids:
            names.append(name.lower())
    return {"id": ids, "name": names, "word": words}
