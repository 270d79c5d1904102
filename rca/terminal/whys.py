"""Lead a person through the five whys: one loop for the rich terminal and for plain lines."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Timer
from typing import Protocol

from rca.errors import RcaError
from rca.terminal.columns import Line
from rca.terminal.lines import read_line
from rca.terminal.screen import columns, in_colour, said, text_of
from rca.terminal.whys_session import Listed, Session
from rca.terminal.whys_text import field_lines, findings, head, help_lines, label_of, opening, stands, tree
from rca.text import figures
from rca.text.clean import clean
from rca.whys import Field, Question, follow, meant, told, tree_lines, why_lines
from rca.whys.ahead import prepare
from rca.whys.commands import Answer, Back, Command, View, parse_command

# Seconds after which the next questions are prepared: first the person gets something to read and to type into.
AHEAD = 0.3
# Asked only where a person can tell; the rest is asked when its turn comes, or follows from the evidence.
_LATER = {"why": {"status", "next", "level"}}
# Fields that mean something only beside one choice in another field.
_BESIDE = {"level": ("next", "within control"), "condition": ("verdict", "needs condition")}


class Reader(Protocol):
    """Where texts come from. `read` raises EOFError at the end, and KeyboardInterrupt for Ctrl-C."""

    plain: bool

    def read(self, label: str, spot: Spot) -> str:
        """The text for a field; when Enter is pressed and nothing else, what stood there."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The place that is typed into: question, field, what stands there, and where each change of it goes."""

    question: Question
    field: Field
    value: str
    typed: Callable[[str], None]


class Left(Exception):  # noqa: N818 -- no error: somebody goes
    """The person leaves; all is kept."""


@dataclass
class Dialog:
    """A session, and the person in it."""

    session: Session
    reader: Reader
    ascii_only: bool = False
    interrupted: bool = False
    wrong: frozenset[str] = frozenset()
    told: int = 0

    def run(self) -> bool:
        """Ask until the session is finished or the person leaves; whether it is finished.

        Raises KeyboardInterrupt when Ctrl-C is pressed twice.
        """
        self._open()
        self._look_ahead()
        try:
            while (question := self._next()) is not None:
                command = self._ask(question)
                self._do(command, question)
        except (Left, EOFError):
            self.say([[]])
            return False
        return True

    def _open(self) -> None:
        """What is known, and on resuming what is different since."""
        self.say(opening(self.session.state.material.worklog, columns()))
        if self.session.revision:
            self._hint(f"Going on with {self.session.id}, at answer {self.session.revision:,}.")
        self._tell()
        self._hint("`:help` lists what can be typed; `:quit` leaves, and all is kept.", "dim")

    def _look_ahead(self) -> None:
        """Work out what the whys will offer while the person reads the first question."""
        own = self.session.state.draft.investigation
        material = self.session.state.material
        timer = Timer(AHEAD, _quietly, (prepare, material, own.clusters if own else material.ground.in_question[:1]))
        timer.daemon = True
        timer.start()

    def _next(self) -> Question | None:
        """The question that is open. Before the review all evidence is looked up once more."""
        question = self.session.question
        if question is not None and question.kind == "review" and not self.wrong:
            self.session.notes += self.session.look_again()
            question = self.session.question
        self._tell()
        return question

    def _tell(self) -> None:
        """Show the notes that came since the last time."""
        for note in self.session.notes[self.told :]:
            self._hint(note, "yellow")
        self.told = len(self.session.notes)

    # -- showing ---------------------------------------------------------------------------------------------------

    def say(self, lines: Iterable[Line]) -> None:
        """Show lines."""
        show(lines, colour=in_colour() and not self.reader.plain, ascii_only=self.ascii_only)

    def _hint(self, text: str, style: str = "") -> None:
        self.say(said(text, columns(), style=style))

    def _view(self, view: View, question: Question) -> None:
        if view.name == "quit":
            raise Left
        if view.name == "save":
            self._hint(f"All is kept: {self.session.journal.path}")
        elif view.name == "tree":
            self.say(tree(tree_lines(self.session.state, ascii_only=self.ascii_only or self.reader.plain), columns()))
        elif view.name == "why":
            for line in why_lines(question):
                self._hint(line)
        else:
            self.say(help_lines(columns(), rich=not self.reader.plain))

    # -- asking ----------------------------------------------------------------------------------------------------

    def _ask(self, question: Question) -> Command:
        """A question, field by field; the answer, or a command that was typed instead."""
        drafts = self.session.drafts.get(question.id, {}) if question.kind != "review" else {}
        material, stood = self.session.state.material, {one.name: one.value for one in question.fields}
        values = stood | {name: text for name, text in drafts.items() if name in stood}
        values = follow(material, stood, values)
        asked = self._fields(question)
        if not self.wrong:
            self.say(head(question, columns()))
        place = 0
        while place < len(asked):
            one = asked[place]
            if one.name not in self.wrong and _needless(question, one, values):
                place += 1
                continue
            typed = self._one(question, one, values[one.name])
            if isinstance(typed, Back) and place:
                place -= 1
                continue
            if not isinstance(typed, str):
                return typed
            values = follow(material, values, values | {one.name: typed})
            self.session.type(question.id, one.name, typed)
            place += 1
            if one == asked[0] and _skipped(question, values):
                break
        return Answer(values, question.id)

    def _fields(self, question: Question) -> list[Field]:
        """The fields to ask for: those that are wrong, else those whose turn it is."""
        wrong = [one for one in question.fields if self.wrong & {one.name, *_BESIDE.get(one.name, ())[:1]}]
        later = _LATER.get(question.kind, set())
        return wrong or [one for one in question.fields if one.name not in later] or list(question.fields)

    def _one(self, question: Question, one: Field, value: str) -> str | Command:
        """One field: its text, or a command; what only shows something is done here."""
        self.say(field_lines(one, columns(), plain=self.reader.plain, value=value))
        while True:
            text = self._read(Spot(question, one, value, lambda text: self.session.type(question.id, one.name, text)))
            if not text.startswith(":"):
                return text
            command = parse_command(text)
            # A command may be typed in the middle of a text, which is what goes on then.
            value = self.session.drafts.get(question.id, {}).get(one.name, value)
            if isinstance(command, str):
                self._hint(f"error: {command}", "red")
            elif isinstance(command, View):
                self._view(command, question)
            else:
                return command

    def _read(self, spot: Spot) -> str:
        while True:
            try:
                text = self.reader.read(label_of(spot.question, spot.field), spot)
            except KeyboardInterrupt:
                if self.interrupted:
                    raise
                self.interrupted = True
                kept = self.session.drafts.get(spot.question.id, {}).get(spot.field.name, spot.value)
                spot = Spot(spot.question, spot.field, kept, spot.typed)
                self._hint("Ctrl-C again leaves; what you typed is kept.")
                if self.reader.plain:
                    self.say(stands(kept, columns()))
                continue
            self.interrupted = False
            return text

    def _do(self, command: Command, question: Question) -> None:
        if self.session.logs and self.session.state.material.lock.locked():
            self._hint("Still reading the logs …", "dim")
        try:
            outcome = self.session.do(command)
        except RcaError as error:
            self._hint(f"error: {clean(error.message)}", "red")
            self._hint(f"next: {clean(error.hint)}")
            return
        for line in told(outcome):
            self._hint(line, "dim")
        if outcome.errors and question.kind == "review" and not outcome.events and outcome.errors[0].rule:
            # The review that comes now lists them.
            self._hint(f"error: not finished: {figures.count(len(outcome.errors), 'error')} left", "red")
        else:
            self.say(findings((*outcome.errors, *outcome.warnings), columns(), here=question.id))
        names = {one.name for one in outcome.question.fields} if outcome.question else set()
        self.wrong = frozenset(finding.field for finding in outcome.errors if finding.field in names)


def _quietly(call: Callable[..., object], *args: object) -> None:
    """Do what is done again when it is needed: a fault is told then, and not in the middle of what somebody types."""
    with contextlib.suppress(Exception):
        call(*args)


def _skipped(question: Question, values: Mapping[str, str]) -> bool:
    """Whether an optional question is left out: what it is about stays empty, and nothing was written beside it."""
    first, *others = question.fields
    return question.optional and not values[first.name].strip() and all(values[one.name] == one.value for one in others)


def _needless(question: Question, one: Field, values: Mapping[str, str]) -> bool:
    """Whether another field, which was asked before, holds something beside which this one means nothing."""
    name, wanted = _BESIDE.get(one.name, ("", ""))
    gate = next((other for other in question.fields if other.name == name), None)
    if gate is None or name in _LATER.get(question.kind, set()):
        return False
    return not values[name].strip() or meant(gate.choices, values[name]) != [wanted]


def show(lines: Iterable[Line], *, colour: bool = False, ascii_only: bool = False) -> None:
    """Print lines in what characters stdout has."""
    import sys

    text = text_of(lines, colour=colour)
    encoding = "ascii" if ascii_only else sys.stdout.encoding or "ascii"
    if not encoding.lower().startswith("utf"):
        text = text.translate(ASCII)
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


# What stands for a sign of ours where a terminal has no Unicode, or nobody wants it.
ASCII = str.maketrans(
    {
        "…": "...",
        "–": "-",
        "—": "-",
        "·": "-",
        "─": "-",
        "│": "|",
        "├": "+",
        "└": "+",
        "→": "->",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "„": '"',
    }
)


def choose(drafts: Sequence[Listed], reader: Reader) -> str | None:
    """The unfinished session that a person goes on with; None to begin a new one. Raises EOFError and KeyboardInterrupt."""
    texts = [f"go on with {one.id}, {figures.count(one.events, 'event')}: {one.problem or 'no problem stated yet'}" for one in drafts]
    entry = Field("go", "Number", "choice", help="", value="1")
    asked = Question("resume", "resume", "", "", fields=(entry,))
    show(said("There is work that is not finished.", columns()))
    for number, text in enumerate([*texts, "begin a new one"], 1):
        show(said(text, columns(), head=f"  {number}  "))
    while True:
        typed = reader.read("Number (Enter takes 1): " if reader.plain else "Number: ", Spot(asked, entry, "1", lambda _: None)).strip()
        if typed in {":quit", ":q"}:
            raise EOFError
        if typed.isascii() and typed.isdecimal() and 0 < int(typed[:6]) <= len(texts) + 1:
            return drafts[int(typed) - 1].id if int(typed) <= len(texts) else None
        show(said(f"error: write a number from 1 to {len(texts) + 1}", columns()))


class PlainReader:
    """Lines from standard input, without any editing by rca."""

    plain = True

    def read(self, label: str, spot: Spot) -> str:
        """One line, or for long texts lines up to an empty one. Enter alone keeps what stands there, `-` empties it."""
        first = read_line(label, spot.typed)
        if first.startswith(":"):
            return first
        if not first.strip():
            return spot.value
        if first.strip() == "-":
            return ""
        lines = [first]
        if spot.field.kind in {"text", "lines"}:
            spot.typed(first)
            while line := read_line("", lambda half: spot.typed("\n".join([*lines, half]))):
                lines.append(line)
                spot.typed("\n".join(lines))
        return "\n".join(lines)
