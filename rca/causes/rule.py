r"""The rule that says which failures are a known one: `message LIKE "%refused%" AND type LIKE "%Error"`.

    rule  = terms, joined by AND and OR; AND binds tighter
    term  = field operator "text"
    field = message | type | test | frame
    operator = LIKE | NOT LIKE | =

In LIKE `%` stands for any text; everything else stands for itself, case and `_` included. In a text `\"`, `\\` and
`\%` stand for the character itself. Matching takes one pass over the text, whatever the pattern is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from rca.errors import RcaError
from rca.text.clean import one_line

MAX_RULE = 2_000
MAX_TERMS = 50
EXAMPLE = 'message LIKE "%connection refused%" AND type LIKE "%Timeout"'

Field = Literal["message", "type", "test", "frame"]
Operator = Literal["LIKE", "NOT LIKE", "="]
FIELDS = ("message", "type", "test", "frame")

_WORD = re.compile(r"[A-Za-z]+|=")
_TEXT_PART = re.compile(r'[^"\\%]+|\\.|.', re.DOTALL)


class RuleError(RcaError):
    """A rule that cannot be read; the message gives the place in it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule looks at: the message and the type of a failure, the ids of its tests, its frames."""

    message: str
    type: str = ""
    test: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()

    def values(self, field: Field) -> tuple[str, ...]:
        """The texts of a field; a rule holds when one of them fits."""
        value = getattr(self, field)
        return value if isinstance(value, tuple) else (value,)


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison; `pieces` are the fixed texts between the `%` of its pattern."""

    field: Field
    operator: Operator
    pieces: tuple[str, ...]

    def holds(self, subject: Subject) -> bool:
        """Whether a text of the field fits; with NOT LIKE, whether none does."""
        fits = any(like(value, self.pieces) for value in subject.values(self.field))
        return fits != (self.operator == "NOT LIKE")

    def __str__(self) -> str:
        if self.operator == "=":
            return f'{self.field} = "{_escape(self.pieces[0], percent=False)}"'
        return f'{self.field} {self.operator} "{"%".join(_escape(piece) for piece in self.pieces)}"'


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read: one of the alternatives must hold with all of its terms."""

    alternatives: tuple[tuple[Term, ...], ...]

    def fits(self, subject: Subject) -> bool:
        """Whether the rule is about this failure."""
        return any(all(term.holds(subject) for term in terms) for terms in self.alternatives)

    @property
    def fixed(self) -> int:
        """Characters that its weakest alternative asks for; few of them fit nearly everything."""
        return min(sum(len(piece) for term in terms if term.operator != "NOT LIKE" for piece in term.pieces) for terms in self.alternatives)

    def __str__(self) -> str:
        return " OR ".join(" AND ".join(str(term) for term in terms) for terms in self.alternatives)


def like(text: str, pieces: Sequence[str]) -> bool:
    """Whether a text is made of the pieces in order, with any text between them."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return text == first
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in pieces[1:-1]:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def parse_rule(text: str) -> Rule:
    """Read a rule. Raises RuleError with the place of the fault, counted in characters from 1."""
    if len(text) > MAX_RULE:
        raise RuleError(f"rule: longer than {MAX_RULE:,} characters", "a rule names a telling stretch of the message, not all of it")
    reader = _Reader(text)
    alternatives: list[tuple[Term, ...]] = []
    terms = [reader.term()]
    while word := reader.joint():
        if word == "OR":
            alternatives.append(tuple(terms))
            terms = []
        terms.append(reader.term())
        if sum(map(len, alternatives)) + len(terms) > MAX_TERMS:
            raise reader.fault(f"more than {MAX_TERMS} comparisons")
    return Rule((*alternatives, tuple(terms)))


class _Reader:
    """Walks over the text of a rule from the left to the right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def fault(self, what: str) -> RuleError:
        place = self._place
        rest = self._text[place : place + 30]
        found = f"there is {one_line(rest)!r}" if rest.strip() else "it ends"
        return RuleError(f"rule, character {place + 1}: {what}; {found}", f"write it like {EXAMPLE}")

    def joint(self) -> str:
        """AND or OR; nothing at the end of the rule."""
        self._skip()
        if self._place == len(self._text):
            return ""
        word = self._word()
        if word not in {"AND", "OR"}:
            raise self.fault("AND or OR is expected" + (", a rule has no parentheses" if self._text[self._place] in "()" else ""))
        self._place += len(word)
        return word

    def term(self) -> Term:
        """One comparison."""
        name = self._word().lower()
        if name not in FIELDS:
            raise self.fault("message, type, test or frame is expected")
        self._place += len(name)
        operator = self._operator()
        return Term(cast("Field", name), operator, self._pieces(cut=operator != "="))

    def _operator(self) -> Operator:
        word = self._word()
        start = self._place
        if word == "NOT":
            self._place += len(word)
            word = self._word()
            if word == "LIKE":
                self._place += len(word)
                return "NOT LIKE"
            self._place = start
        elif word in {"LIKE", "="}:
            self._place += len(word)
            return cast("Operator", word)
        raise self.fault("LIKE, NOT LIKE or = is expected")

    def _pieces(self, *, cut: bool) -> tuple[str, ...]:
        """A text in quotes, cut at every `%`; several in a row count as one."""
        self._skip()
        if self._text[self._place : self._place + 1] != '"':
            raise self.fault('a text in quotes (") is expected')
        start = self._place
        self._place += 1
        pieces, current = [], ""
        while match := _TEXT_PART.match(self._text, self._place):
            part = match[0]
            if part[0] == "\\" and part[1:] not in {'"', "\\", "%"}:
                raise self.fault(r'after \ only \, " and % are expected; write \\ for a backslash')
            self._place = match.end()
            if part == '"':
                pieces.append(current)
                return (pieces[0], *filter(None, pieces[1:-1]), *pieces[-1:]) if len(pieces) > 1 else (current,)
            if part == "%" and cut:
                pieces.append(current)
                current = ""
            else:
                current += part[1:] if part[0] == "\\" else part
        self._place = start
        raise self.fault("this text has no closing quote")

    def _word(self) -> str:
        """The next word in capitals, without going past it."""
        self._skip()
        match = _WORD.match(self._text, self._place)
        return match[0].upper() if match else ""

    def _skip(self) -> None:
        while self._place < len(self._text) and self._text[self._place].isspace():
            self._place += 1


def _escape(text: str, *, percent: bool = True) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("%", "\\%") if percent else text
