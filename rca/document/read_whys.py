"""Read the five whys that a person wrote into a Markdown page, so that the rules of the guided ones can be held against them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from rca.document.prose import Page, bullet
from rca.model import Action, Evidence, EvidenceKind, Investigation, Leg, Prediction, RootCause, Why

MOST_WHYS = 200
MOST_ERRORS = 50
BLOCK = 6  # lines of a why at most
WORDS = 3  # that a root cause has at least

ROOT_CAUSE = re.compile(r"(?i)\broot cause(?:\s\w{1,20})?\W{0,4}:\W{0,8}(\S.*)")
# "Why 2 rests on the log" in running text speaks of a why and asks none
_SPOKEN_OF = r"(?![\s*_]{1,6}(?!detection|systemic|answer|because)(?-i:[a-z]))"
_WHY = re.compile(
    rf"(?i)^\W{{0,20}}(?:why\s{{0,3}}#?\s{{0,3}}\d+(?:\.\d+){{0,9}}+\b{_SPOKEN_OF}|\d+\.?\s{{0,3}}why\b)"
    r"(?:\W{0,9}(?:detection|systemic)\b)?[\s:?.)*_]{0,9}"
)
_LABEL = re.compile(r"(?i)^(?:[-+]\s|[*_]\s)?[\s*_]{0,6}(?:answer|because)\b[\s:*_]{0,9}")
_ASKS = re.compile(r"[^?]{1,400}\?")
_EVIDENCE = re.compile(r"https?://\S{1,300}|`[^`]{1,300}:\d+|@[0-9a-f]{7,}|#\d+|\.log\b|\bevidence\b|\bcase |\bcluster ")
_LOOKED_UP = re.compile(r"/(?:issues|pull|merge_requests|commits?|blob|tree|raw)/")
_UNKNOWN = re.compile(r"(?i)^\W{0,6}(?:unknown|not known)\b")
_OTHER_LEGS: tuple[Leg, ...] = ("detection", "systemic")
_FORETELLS = re.compile(r"(?i)\bprediction\W{0,6}:(.*)|\bwould (?:produce|raise|say|read)\b(.*)")
_QUOTED = re.compile(r"`([^`]{3,400})`|\"([^\"]{3,400})\"|“([^”]{3,400})”")
_ERROR = re.compile(r"(?i)\berror\W{0,8}(?:`([^`]{5,400})`|\"([^\"]{5,400})\"|“([^”]{5,400})”)")
_RAISED = re.compile(r"^(?:E {1,8}|\W{0,4})([A-Za-z_][\w.]{0,120}(?:Error|Exception): \S.{0,400})")
_TYPED = re.compile(r"([A-Za-z_][\w.]{0,200}): (\S.*)")
_ACTIONS = re.compile(r"(?i)\b(?:next actions?|action items?|next steps|follow[- ]ups?|actions)\b")
_PREVENTS = re.compile(
    r"(?i)prevent|regression|monitor|alert|\blint|guard|detect|\b(?:add|write|extend)\b.{0,40}\b(?:test|check|case)s?\b|contract test|gate"
)


@dataclass(frozen=True, slots=True)
class Told:
    """The five whys of a page.

    errors: failures that it quotes, as type (may be empty) and message. lines: by the ids of questions, as findings name them.
    """

    investigation: Investigation
    actions: tuple[Action, ...]
    errors: tuple[tuple[str, str], ...]
    lines: dict[str, int]


def told_by(page: Page) -> Told | None:
    """The whys of a page as one investigation; None when it asks none."""
    whys, lines = _whys(page)
    if not whys:
        return None
    cause = next(((number, match[1]) for number, match in root_causes(page)), None)
    foretold = next(((number, text) for number, line in page.prose if (text := _foretold(line))), None)
    lines |= {name: found[0] for name, found in (("root_cause", cause), ("prediction", foretold or cause)) if found}
    actions: tuple[Action, ...] = ()
    for number, texts in _action_lists(page):
        if texts:
            lines["action:new"] = number
            actions = tuple(Action(text=text, kind="detect" if _PREVENTS.search(text) else "repair") for text in texts)
            break
    investigation = Investigation(
        id="page",
        problem="",
        whys=tuple(whys),
        root_cause=RootCause(statement=cause[1].strip(" *_")) if cause else None,
        prediction=Prediction(failure_text=foretold[1]) if foretold else None,
    )
    return Told(investigation, actions, _errors(page), lines)


def root_causes(page: Page) -> Iterator[tuple[int, re.Match[str]]]:
    """The lines that state a root cause in a few words or more."""
    for number, line in page.prose:
        match = ROOT_CAUSE.search(line)
        if match and len(words_of(match[1])) >= WORDS:
            yield number, match


def words_of(text: str) -> set[str]:
    """The longer words of a text."""
    return set(re.findall(r"[a-z0-9]{4,}", text.lower()))


def _whys(page: Page) -> tuple[list[Why], dict[str, int]]:
    """The whys in the order of the page, each below the one before unless it names another leg."""
    found: list[Why] = []
    lines: dict[str, int] = {}
    headed = {heading.number for heading in page.headings}
    parent: str | None = None
    for index, (number, line) in enumerate(page.prose):
        if not _WHY.match(line) or len(found) >= MOST_WHYS:
            continue
        below = takewhile(lambda numbered: not _ends(numbered, headed), page.prose[index + 1 : index + BLOCK])
        leg: Leg = next((leg for leg in _OTHER_LEGS if leg in line.lower()), "occurrence")
        why = _why(line, [text for _, text in below], str(len(found) + 1), leg, parent if leg == "occurrence" else None)
        lines[f"why:{why.id}"] = number
        parent = why.id if leg == "occurrence" else parent
        found.append(why)
    return found, lines


def _ends(numbered: tuple[int, str], headed: set[int]) -> bool:
    """Whether a line is no part of the why above any more."""
    number, line = numbered
    return number in headed or bool(_WHY.match(line) or ROOT_CAUSE.search(line))


def _why(line: str, below: list[str], name: str, leg: Leg, parent: str | None) -> Why:
    """A why from its line and those below it."""
    text = _WHY.sub("", line).strip(" *_")
    asked = _ASKS.match(text)
    question = asked[0] if asked else ""
    rest = [text[len(question) :], *(_LABEL.sub("", part).strip() for part in below)]
    answer = " ".join(part.strip(" *_-") for part in rest if part.strip(" *_-"))
    return Why(
        id=name,
        parent=parent,
        leg=leg,
        question=question or "Why?",
        answer=answer or text,
        status="unknown" if _UNKNOWN.match(answer) else "hypothesis",
        evidence=tuple(Evidence(kind=_kind(match[0]), ref=match[0]) for match in _EVIDENCE.finditer("\n".join([text, *below])))[:20],
    )


def _kind(ref: str) -> EvidenceKind:
    """An address counts when it leads to something that stays."""
    return "url" if ref.startswith("http") and not _LOOKED_UP.search(ref) else "log"


def _foretold(line: str) -> str:
    """The failure text that a line foretells, in quotes."""
    match = _FORETELLS.search(line)
    quoted = _QUOTED.search(match[1] or match[2] or "") if match else None
    return next(filter(None, quoted.groups()), "") if quoted else ""


def _errors(page: Page) -> tuple[tuple[str, str], ...]:
    """The failures that a page quotes: behind the word, or as they are raised; in fences too."""
    found: dict[tuple[str, str], None] = {}
    for line in page.lines:
        if len(found) >= MOST_ERRORS:
            break
        match = _ERROR.search(line[:2_000]) or _RAISED.match(line[:2_000])
        if match:
            text = next(filter(None, match.groups()))
            typed = _TYPED.fullmatch(text)
            found[(typed[1], typed[2]) if typed else ("", text)] = None
    return tuple(found)


def _action_lists(page: Page) -> Iterator[tuple[int, list[str]]]:
    """Lists of actions: below a heading or a line of its own that announces them."""
    for index, (number, line) in enumerate(page.prose):
        if len(line) < 80 and _ACTIONS.search(line) and not bullet(line):
            found = []
            for _, below in page.prose[index + 1 : index + 101]:
                text = bullet(below)
                if text:
                    found.append(text)
                elif below.strip():
                    break
            yield number, found
