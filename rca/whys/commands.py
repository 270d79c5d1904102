"""What a person or a program can ask the engine for, and how the `:commands` of all drivers read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the question that is open: its fields by their names, all as text; `""` names the first field.

    question: the id of the question that it answers; when given and another one is open, the answer is refused.
    """

    values: Values = field(default_factory=dict)
    question: str = ""


@dataclass(frozen=True, slots=True)
class Back:
    """To the question before."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave the question open, for now or for good; the review names what is missing."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows the answer to this why; text: what was tried."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Attach:
    """Attach evidence to a why: a reference, or the number of a candidate. why: the one that is open or was answered last."""

    ref: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Detach:
    """Take evidence from a why."""

    ref: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """Something else was needed as well: one more why beside that one (the one that is open or was answered last)."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Goto:
    """To a question by its id, a why by its number, or a finding of the review by its number there (`Answer` does that too)."""

    id: str


@dataclass(frozen=True, slots=True)
class Edit:
    """To something that was answered: `1.2`, `root_cause`, `action:2`."""

    id: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the last step back."""


@dataclass(frozen=True, slots=True)
class Redo:
    """Take the step again that was undone last."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person stands for the answer that an agent gave."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Override a rule with a reason that is kept; where: a place as findings name it, empty for all."""

    rule: str
    reason: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """Write the investigation as finished, unless an error stands against it."""


@dataclass(frozen=True, slots=True)
class View:
    """Something to show or to do that is the driver's: `tree`, `why`, `save`, `quit`, `help`."""

    name: str
    text: str = ""


Command = Answer | Back | Skip | Unknown | Attach | Detach | Branch | Goto | Edit | Undo | Redo | Confirm | SetAside | Finish | View

# The `:commands`, what each takes, and what it does, for help and completion.
HELP: tuple[tuple[str, str, str], ...] = (
    ("back", "", "go to the question before"),
    ("skip", "", "leave this question open"),
    ("unknown", "[WHAT WAS TRIED]", "nobody knows: end this chain here"),
    ("evidence", "REF", "attach evidence: a number of the list, or a reference such as src/app.py:12@3fa9c1d or #412"),
    ("detach", "REF", "take evidence away"),
    ("branch", "[WHY]", "something else was needed as well: one more why beside this one"),
    ("tree", "", "show the tree of whys"),
    ("goto", "ID", "go to a question: 2.1, facts, root_cause, review"),
    ("edit", "ID", "change an answer"),
    ("undo", "", "take the last step back"),
    ("redo", "", "take it again"),
    ("confirm", "[WHY]", "stand for an answer that an agent gave"),
    ("override", "RULE REASON", "set a rule aside here; the reason is kept"),
    ("why", "", "why this is asked"),
    ("finish", "", "write it as finished"),
    ("save", "", "keep all and go on"),
    ("quit", "", "keep all and leave"),
    ("help", "", "show these commands"),
)
_VIEWS = {"tree", "why", "save", "quit", "help"}
_SUCH_AS = {"evidence": "#412", "detach": "#412", "goto": "2.1", "edit": "1.2"}


def parse_command(line: str) -> Command | str:
    """Read a line that begins with a colon; what is wrong with it, as a sentence, when it is no command.

    Beginnings of names do when they fit one command only.
    """
    name, _, rest = line.strip().removeprefix(":").partition(" ")
    name, rest = name.lower(), rest.strip()
    fits = [known for known, _, _ in HELP if known == name] or [known for known, _, _ in HELP if name and known.startswith(name)]
    if len(fits) != 1:
        return (
            f":{name[:40]} may be {' or '.join(f':{fit}' for fit in fits)}"
            if fits
            else f"there is no :{name[:40]}; :help lists what there is"
        )
    name = fits[0]
    if name in _VIEWS:
        return View(name, rest)
    if name in _SUCH_AS and not rest:
        return f":{name} needs {next(takes for known, takes, _ in HELP if known == name)}, as `:{name} {_SUCH_AS[name]}`"
    return _built(name, rest)


def _built(name: str, rest: str) -> Command | str:
    if name == "override":
        rule, _, reason = rest.partition(" ")
        rule, _, where = rule.partition("@")
        return (
            SetAside(rule, reason.strip(), where)
            if reason.strip()
            else ":override needs RULE REASON: `:override 4 the log was rotated away`"
        )
    made: dict[str, Command] = {
        "back": Back(),
        "skip": Skip(),
        "unknown": Unknown(rest),
        "evidence": Attach(rest),
        "detach": Detach(rest),
        "branch": Branch(rest),
        "goto": Goto(rest),
        "edit": Edit(rest),
        "undo": Undo(),
        "redo": Redo(),
        "confirm": Confirm(rest),
        "finish": Finish(),
    }
    return made[name]
