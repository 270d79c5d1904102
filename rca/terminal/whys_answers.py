"""Answers from a file: read with the line of each, played through the engine, and a file to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rca.errors import RcaError
from rca.model import AuthorKind
from rca.terminal.whys_json import text_of_value
from rca.text.clean import clean, one_line
from rca.whys import Field, Finding, Material, Outcome, Question, State, question, replay, show_ref, step
from rca.whys.commands import Answer, Command, Finish, SetAside, Skip, Unknown

if TYPE_CHECKING:
    from yaml.nodes import Node

MAX_ANSWERS = 4 * 1024**2
MOST_STEPS = 2_000
TEMPLATE_STEPS = 80
OVERRIDES = "overrides"
# What an entry may hold beside the fields of its question.
_SKIP, _UNKNOWN = "skip", "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """The answer to one question: texts by field, and the lines of the file where they stand (0: not known)."""

    values: dict[str, str] = field(default_factory=dict)
    line: int = 0
    lines: dict[str, int] = field(default_factory=dict)

    def command(self, key: str) -> Command:
        """What the entry says."""
        if self.values.get(_SKIP, "") in {"yes", "true"}:
            return Skip()
        if _UNKNOWN in self.values:
            return Unknown(self.values[_UNKNOWN])
        return Answer({name: text for name, text in self.values.items() if name != _SKIP}, key)


@dataclass(frozen=True, slots=True)
class Answers:
    """A file of answers. overrides: reasons by `RULE` or `RULE@PLACE`."""

    name: str
    entries: dict[str, Entry]
    overrides: Entry = Entry()

    def at(self, line: int) -> str:
        """A place in the file as people write it."""
        return f"{self.name}:{line}" if line else self.name

    def reason(self, finding: Finding) -> tuple[str, str]:
        """The reason for which a rule is set aside at that place, and the key that says so; empty when it is not."""
        for key in (f"{finding.rule}@{finding.where}", str(finding.rule)):
            if self.overrides.values.get(key):
                return self.overrides.values[key], key
        return "", ""


# -- reading ------------------------------------------------------------------------------------------------------------


def read_answers(data: bytes, name: str) -> Answers:
    """Read answers from YAML or JSON. Raises RcaError with the line of the first fault."""
    hint = "`rca whys --template-answers` prints a file to fill in"
    if len(data) > MAX_ANSWERS:
        raise RcaError(f"{name}: larger than {MAX_ANSWERS // 1024**2} MiB", "answers are texts; attach long ones as evidence")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RcaError(f"{name}:{line}: is not UTF-8", "save the file as UTF-8") from error
    if not text.strip():
        raise RcaError(f"{name}: is empty", hint)
    try:
        tree = _json(text) if text.lstrip()[:1] in {"{", "["} else _yaml(text, name)
    except RecursionError as error:
        raise RcaError(f"{name}: nested too deeply for answers", hint) from error
    if tree is None:
        tree = _yaml(text, name)
    entries = dict(_entries(tree, name))
    return Answers(name, {key: entry for key, entry in entries.items() if key != OVERRIDES}, entries.get(OVERRIDES, Entry()))


@dataclass(frozen=True, slots=True)
class _Branch:
    """A mapping of a file: pairs in order, each with its line."""

    pairs: tuple[tuple[str, Any, int], ...]
    line: int = 0


def _json(text: str) -> Any:
    """A JSON document; None when it is none, as YAML may begin with a brace too."""
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _Branch(tuple((key, value, 0) for key, value in pairs)))
    except ValueError:
        return None


def _yaml(text: str, name: str) -> Any:
    """A YAML document in which every scalar is the text that was written: `no` stays `no`, and `1.10` keeps its nought."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        text = clean(text)
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        said = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise RcaError(f"{place}: is no YAML: {one_line(str(said), 200)}", "put texts that hold `: ` into quotes, or behind `|`") from error
    return _plain(node, _Source(name, tuple(text.split("\n"))), 0) if node is not None else None


@dataclass(frozen=True, slots=True)
class _Source:
    """A file of YAML: its name and its lines."""

    name: str
    lines: tuple[str, ...]

    def behind(self, node: Node) -> str:
        """What stands behind a text in its last line."""
        line = self.lines[node.end_mark.line : node.end_mark.line + 1]
        return line[0][node.end_mark.column :] if line else ""


# Somebody who writes this means an issue, and YAML a comment.
_CUT = re.compile(r"\s+#\S")


def _plain(node: Node, source: _Source, depth: int) -> Any:
    from yaml.nodes import ScalarNode, SequenceNode

    line = node.start_mark.line + 1
    if depth > 4:
        raise RcaError(f"{source.name}:{line}: nested too deeply for answers", "write QUESTION: {FIELD: TEXT}")
    if isinstance(node, ScalarNode):
        if not node.style and _CUT.match(source.behind(node)):
            lost = one_line(source.behind(node), 60)
            raise RcaError(
                f"{source.name}:{node.end_mark.line + 1}: the text ends before {lost!r}, which YAML takes for a comment",
                "put the text into quotes, or behind `>-` on lines of its own",
            )
        return str(node.value)
    if isinstance(node, SequenceNode):
        return [_plain(one, source, depth + 1) for one in node.value]
    pairs = []
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise RcaError(f"{source.name}:{line}: a key is no text", "write QUESTION: {FIELD: TEXT}")
        pairs.append((str(key.value), _plain(value, source, depth + 1), key.start_mark.line + 1))
    return _Branch(tuple(pairs), line)


def _entries(tree: Any, name: str) -> Iterator[tuple[str, Entry]]:
    if not isinstance(tree, _Branch):
        raise RcaError(f"{name}: holds no answers", "write QUESTION: {FIELD: TEXT}, as `rca whys --template-answers` prints it")
    seen: set[str] = set()
    for key, value, line in tree.pairs:
        place = f"{name}:{line}" if line else name
        if key in seen:
            raise RcaError(f"{place}: {one_line(key, 80)} stands there twice", "keep one of them")
        seen.add(key)
        yield key, _entry(key, value, line, place)


def _entry(key: str, value: Any, line: int, place: str) -> Entry:
    if not isinstance(value, _Branch):
        text = text_of_value(value)
        if text is None:
            raise RcaError(f"{place}: {one_line(key, 80)} is neither a text nor fields with texts", "write QUESTION: {FIELD: TEXT}")
        return Entry({"": text} if text else {}, line)
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for name, one, at in value.pairs:
        text = text_of_value(one) if not isinstance(one, _Branch) else None
        where = f"{place.rpartition(':')[0]}:{at}" if at else place
        if text is None or name in values:
            fault = "stands there twice" if name in values else "is neither a text nor a list of texts"
            raise RcaError(f"{where}: {one_line(key, 80)}.{one_line(name, 80)} {fault}", "give one text, or a list of texts")
        values[name], lines[name] = text, at
    return Entry(values, line, lines)


# -- playing ------------------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """What came of a file of answers: the state after the last one, what is to be told, and whether that holds errors."""

    state: State
    told: list[str] = field(default_factory=list)
    errors: bool = False

    def error(self, message: str, hint: str = "") -> None:
        """Something stands in the way."""
        self.errors = True
        self.told += [f"rca: error: {message}", *([f"rca: next: {hint}"] if hint else [])]


@dataclass
class _Player:
    answers: Answers
    at: datetime
    author: str
    kind: AuthorKind
    result: Result
    used: set[str] = field(default_factory=set)
    overridden: set[str] = field(default_factory=set)

    def play(self) -> None:
        for _ in range(MOST_STEPS):
            ask = question(self.result.state)
            if ask is None:
                return
            command = self._command(ask)
            if command is None:
                return
            outcome = self._step(command)
            if not self._settled(ask, outcome):
                return
        self.result.error(f"{self.answers.name}: gave up after {MOST_STEPS:,} steps", "leave out answers that lead back to each other")

    def _step(self, command: Command) -> Outcome:
        outcome = step(self.result.state, command, at=self.at, author=self.author, author_kind=self.kind)
        self.result.state = outcome.state
        return outcome

    def _command(self, ask: Question) -> Command | None:
        """What the file says to a question; None, and an error, when it says nothing and nothing may be left open."""
        entry = self.answers.entries.get(ask.id)
        if entry is not None and ask.kind == "action" and self._too_early(entry):
            return Skip()
        if entry is not None and ask.id not in self.used:
            self.used.add(ask.id)
            return entry.command(ask.id)
        if ask.kind == "review":
            return Finish()
        if ask.optional:
            return Skip()
        fields = ", ".join(f"{one.name}{'' if one.required or one.wanted else ' (may stay empty)'}" for one in ask.fields)
        again = "is asked again" if entry else "has no answer"
        self.result.error(f"{self.answers.name}: {ask.id} {again}: {one_line(clean(ask.text), 300)}", f"its fields are {fields}")
        return None

    def _too_early(self, entry: Entry) -> bool:
        """Whether an action answers a lesson that is asked for later."""
        name, _, number = entry.values.get("cause", "").strip().partition(" ")
        return name == "lesson" and number.isdecimal() and int(number[:6]) > len(self.result.state.draft.lessons)

    def _settled(self, ask: Question, outcome: Outcome) -> bool:
        """Whether it can go on: errors that the file overrides are set aside, all others are told."""
        open_ones = [finding for finding in outcome.errors if not self._set_aside(finding)]
        entry = self.answers.entries.get(ask.id, Entry())
        for finding in outcome.warnings:
            self.result.told.append(f"rca: warning: {self._told(ask, entry, finding)}")
        for finding in open_ones:
            self.result.error(self._told(ask, entry, finding), one_line(finding.hint, 500))
        return not open_ones

    def _set_aside(self, finding: Finding) -> bool:
        reason, key = self.answers.reason(finding) if finding.rule else ("", "")
        if not reason:
            return False
        self.overridden.add(key)
        return not self._step(SetAside(str(finding.rule), reason, finding.where)).errors

    def _told(self, ask: Question, entry: Entry, finding: Finding) -> str:
        rule = f"rule {finding.rule}: " if finding.rule else ""
        place = self.answers.at(entry.lines.get(finding.field) or entry.line)
        where = f"{ask.id}.{finding.field}" if finding.field else finding.where or ask.id
        return f"{place}: {where}: {rule}{one_line(finding.message, 1_000)}"


def play(material: Material, answers: Answers, at: datetime, *, author: str = "", agent: bool = False, strict: bool = False) -> Result:
    """Answer every question of a new session from a file, in the order in which they are asked. Nothing is guessed.

    An entry without fields takes what stands in the question already; an optional question that has no entry is left open.
    With `strict`, answers that nothing asked for are errors.
    """
    result = Result(replay(material, ()))
    player = _Player(answers, at, author, "agent" if agent else "human", result)
    player.play()
    unused = [(key, entry.line) for key, entry in answers.entries.items() if key not in player.used]
    aside = answers.overrides
    unused += [(f"{OVERRIDES}.{key}", aside.lines.get(key, 0)) for key in aside.values if key not in player.overridden]
    # After an error nothing more was asked, and so that means nothing.
    for key, line in [] if result.errors else unused:
        message = f"{answers.at(line)}: {one_line(key, 80)} was not asked"
        if strict:
            result.error(message, "take it out, or correct its name")
        else:
            result.told.append(f"rca: warning: {message}")
    return result


# -- a file to fill in --------------------------------------------------------------------------------------------------

_HEAD = """\
# Answers to the five whys of {worklog}. Fill them in, then: rca whys --answers FILE
# An entry without fields, as `facts: {{}}`, takes what is offered. An optional question that is taken out is left open.
# More whys are named by their places: why:1.1.1, why:1.2. `unknown: WHAT WAS TRIED` ends a chain, `skip: yes` leaves a question open.
# A rule is set aside for a reason that is kept:  overrides: {{"4@why:1.1": the log was rotated away}}
"""


def template(material: Material) -> str:
    """A commented file of the questions that this worklog asks, with what is offered for each."""
    parts = [_HEAD.format(worklog=material.worklog.id)]
    parts += ["\n".join(_question_lines(ask)) + "\n" for ask in _questions(material)]
    return "\n".join(parts)


# Follows from the evidence, unless somebody says otherwise.
_RARE = {"status"}


def _question_lines(ask: Question) -> Iterator[str]:
    yield from _comment(f"{one_line(clean(ask.text), 600)}{' (optional)' if ask.optional else ''}")
    for number, offered in enumerate(ask.candidates, 1):
        yield f"#   {number}  {one_line(show_ref(offered.ref), 200)}: {one_line(offered.why_offered, 120)}"
    yield f"{ask.id}:"
    for one in ask.fields:
        if one.name not in _RARE:
            yield from _field_lines(one)


def _field_lines(one: Field) -> Iterator[str]:
    said = [one.label, *([] if one.required or one.wanted else ["may stay empty"]), *([one.about] if one.about else [])]
    said += [f"one of {', '.join(one.choices)}"] if one.choices and not one.meanings else []
    yield from (f"  {line}" for line in _comment(one_line("; ".join(said), 1_000)))
    value = "" if one.value.startswith(_STANDS) else one.value
    lines = value.split("\n")
    if len(lines) > 1 and all(line == line.rstrip() and line[:1] not in {" ", "\t"} and line.isprintable() for line in lines) and lines[-1]:
        yield f"  {one.name}: |-"
        yield from (f"    {line}" if line else "" for line in lines)
    else:
        yield f"  {one.name}: {json.dumps(value, ensure_ascii=False)}"


def _comment(text: str) -> Iterator[str]:
    import textwrap

    yield from (f"# {line}" for line in textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False) or [""])


def question_ids(material: Material) -> list[str]:
    """The questions that a session asks for sure, for whoever has to answer them all."""
    return [ask.id for ask in _questions(material) if not ask.optional]


def _questions(material: Material) -> Iterator[Question]:
    """Each question once, as a session meets them that goes two whys deep: it is played with texts that stand for answers."""
    state = replay(material, ())
    seen: set[str] = set()
    for _ in range(TEMPLATE_STEPS):
        ask = question(state)
        if ask is None or ask.kind == "review":
            return
        again = ask.id in seen
        if not again:
            seen.add(ask.id)
            yield ask
        number = ask.id.rpartition(":")[2]
        command: Command = Skip() if again or (ask.kind in {"action", "lesson"} and number != "1") else Answer(_stand_in(ask), ask.id)
        at = material.worklog.opened_at
        outcome = step(state, command, at=at)
        for finding in outcome.errors:
            if finding.rule:
                outcome = step(outcome.state, SetAside(str(finding.rule), "stands for an answer", finding.where), at=at)
        state = outcome.state


_STANDS = "the answer to"


def _stand_in(ask: Question) -> Mapping[str, str]:
    """Values that let a session go on: only to find out what it asks."""
    deep = ask.id.count(".") >= 1
    special = {"next": "within control" if deep else "why", "level": "process", "answer": f"{_STANDS} {ask.id}"}
    values = {}
    for one in ask.fields:
        if one.value:
            values[one.name] = one.value
        elif one.name in special:
            values[one.name] = special[one.name]
        elif one.required:
            values[one.name] = one.choices[0] if one.choices else "2030-01-01" if one.kind == "date" else "Stand in for it"
    return values
