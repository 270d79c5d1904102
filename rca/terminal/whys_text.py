"""The screens of `rca whys`: words before symbols, folded to the width, lines that are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rca.model import Worklog
from rca.terminal.columns import Line
from rca.terminal.screen import said
from rca.text import figures
from rca.text.clean import clean, one_line
from rca.whys import Field, Finding, Question, show_ref
from rca.whys.commands import HELP

EXCERPT_LINES = 6
LONGEST_SHOWN = 2_000

# The way through a session as people see it. What is asked between two of them belongs to the first.
STEPS = ("problem", "facts", "whys", "read back", "root cause", "prediction", "fix", "actions and lessons", "review")
_STEP_OF = {
    "problem": 1,
    "facts": 2,
    "why": 3,
    "next": 3,
    "edge": 4,
    "root_cause": 5,
    "prediction": 6,
    "clusters": 6,
    "fix": 7,
    "action": 8,
    "lesson": 8,
    "review": 9,
}
_ABOUT = {"next": "after why", "edge": "why"}
_LEGS = {"occurrence": "what happened", "detection": "why nothing caught it earlier", "systemic": "what let it exist"}


def opening(worklog: Worklog, width: int) -> Iterator[Line]:
    """What is known before anything is asked."""
    yield from said(one_line(worklog.title), width, style="bold")
    failing = [cluster for cluster in worklog.clusters if cluster.failing] or list(worklog.clusters)
    before = " that failed before" if failing and not failing[0].failing else ""
    last = worklog.runs[-1].totals if worklog.runs else None
    parts = [f"{figures.count(last.total, 'case')}, {last.failed + last.error:,} failed"] if last else []
    parts.append(figures.count(len(failing), "cluster") + f" of equal errors{before}")
    matches = {match.ref for cluster in failing for match in cluster.matches if match.kind == "issue" and match.state != "rejected"}
    suspects = {suspect.commit for cluster in failing for suspect in cluster.suspects}
    parts += [f"{figures.count(len(matches), 'issue')} may match"] if matches else []
    parts += [figures.count(len(suspects), "suspect commit")] if suspects else []
    yield from said("; ".join([", ".join(parts[:2]), *parts[2:]]) + ".", width)


def head(question: Question, width: int) -> Iterator[Line]:
    """Where we are, what it follows from, what is asked, and what there is to answer it with."""
    yield []
    yield from said(progress(question), width, style="dim")
    if question.parent and _plainly(question.parent)[:40] not in _plainly(question.text):
        yield from said(one_line(question.parent, LONGEST_SHOWN), width, head="From: ")
    yield from said(clean(question.text), width, style="bold")
    yield from candidates(question, width)
    yield from findings(question.findings, width, numbered=True)


def _plainly(text: str) -> str:
    """A text to be found within another one that quotes it."""
    return " ".join(text.translate(_QUOTES).split())


_QUOTES = str.maketrans(dict.fromkeys("“”„«»\"'‘’", "'"))


def progress(question: Question) -> str:
    """The step of the whole that a question belongs to, and its number when it is about one of several."""
    step = _STEP_OF.get(question.kind, len(STEPS))
    number = question.id.partition(":")[2]
    about = f", {_ABOUT.get(question.kind, question.kind)} {number}" if number else ""
    leg = f": {_LEGS[question.leg]}" if question.leg else ""
    return f"Step {step} of {len(STEPS)}: {STEPS[step - 1]}{about}{leg}"


def candidates(question: Question, width: int) -> Iterator[Line]:
    """What may be evidence, each with why it is offered."""
    if not question.candidates:
        return
    from rca.text.excerpt import excerpt  # with all that knows traces, and the first question has no candidates

    yield from said("What may speak to it; a number attaches it as evidence:", width)
    for number, candidate in enumerate(question.candidates, 1):
        told = f"{one_line(show_ref(candidate.ref), 200)}: {one_line(candidate.why_offered, 300)}"
        yield from said(told, width, head=f"  {number}  ", hang=5)
        if candidate.excerpt:
            for line in excerpt(clean(candidate.excerpt), EXCERPT_LINES).splitlines()[:EXCERPT_LINES]:
                yield from said(line.strip() and line.rstrip(), width, head="     | ", style="dim")


def findings(found: Sequence[Finding], width: int, *, numbered: bool = False, here: str = "") -> Iterator[Line]:
    """Faults, each with its rule, what to do, and its place unless that is `here`; with a number to jump to in a review."""
    for number, finding in enumerate(found, 1):
        place = f" at {finding.where}" if finding.where not in {"", here} else ""
        rule = f", rule {finding.rule}" if finding.rule else ""
        lead = f"{f'  {number}  ' if numbered else ''}{finding.severity}{rule}{place}: "
        style = "red" if finding.severity == "error" and not finding.overridden else "yellow"
        yield from said(one_line(finding.message, LONGEST_SHOWN), width, head=lead, style=style, hang=5)
        if finding.overridden:
            yield from said(one_line(finding.overridden, LONGEST_SHOWN), width, head="     set aside: ", hang=5)
        elif finding.hint:
            yield from said(one_line(finding.hint, LONGEST_SHOWN), width, head="     next: ", hang=5)


def field_lines(field: Field, width: int, *, plain: bool, value: str) -> Iterator[Line]:
    """What one field takes: its choices by number, its help, and what stands there already."""
    for line in field.help.splitlines():
        yield from said(line, width, style="dim")
    for number, (choice, meaning) in enumerate(zip_longest(field.choices, field.meanings, fillvalue=""), 1):
        yield from said(f"{choice}: {meaning}" if meaning else choice, width, head=f"  {number}  ")
    if plain:
        yield from stands(value, width)
    if plain and field.kind in {"text", "lines"}:
        yield from said("An empty line ends the text.", width)


def stands(value: str, width: int) -> Iterator[Line]:
    """What stands in a field, where it cannot be shown in the line that is typed."""
    if value:
        yield from said(" / ".join(clean(value[:LONGEST_SHOWN]).splitlines()), width, head="stands there: ", hang=5)
        yield from said("Enter keeps it, a single - empties it.", width)


def label_of(question: Question, field: Field) -> str:
    """What stands before the place to type in."""
    first = question.optional and field == question.fields[0]
    needed = " (empty: skip this)" if first else "" if field.required or field.wanted else " (may stay empty)"
    return f"{field.label or field.name}{needed}: "


def tree(lines: Iterable[str], width: int) -> Iterator[Line]:
    """The tree of whys."""
    found = list(lines)
    for line in found or ["There is no why yet."]:
        lead = len(line) - len(line.lstrip(" │├└─|+`-"))
        yield from said(line[lead:], width, head=line[:lead], hang=lead + 2 if lead + 20 < width else 2)


def help_lines(width: int, *, rich: bool) -> Iterator[Line]:
    """The commands, and the keys where there are any."""
    for name, takes, does in HELP:
        yield from said(does, width, head=f":{name} {takes}".rstrip() + ": ", hang=4)
    yield from said("Beginnings of names do. A text that begins with a colon needs a space before it.", width)
    if rich:
        yield from said("write the answer in $EDITOR; so does Ctrl-X Ctrl-E", width, head=":edit-in-editor: ", hang=4)
        yield from said(
            "Enter takes the answer, Alt-Enter (or Esc, then Enter) begins a new line, the tabulator completes, up and Ctrl-R bring back"
            " what was typed before. A colon begins a command while nothing was changed; in the middle of a text Alt-: does, and the text"
            " comes back. Ctrl-C keeps the text; twice leaves, and so does Ctrl-D on an empty line.",
            width,
        )
    else:
        yield from said("Longer texts end with an empty line. Ctrl-C twice leaves, and so does Ctrl-D.", width)
