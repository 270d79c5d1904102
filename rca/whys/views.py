"""A session as lines of text, for whatever shows it."""

from __future__ import annotations

from rca.model import Why
from rca.text.clean import one_line
from rca.text.refs import show_ref
from rca.whys.engine import State
from rca.whys.forms import Question
from rca.whys.rules import RULES
from rca.whys.rules.tree import LEGS

WIDTH = 200
_UNICODE = ("├─ ", "└─ ", "│  ", "   ")
_ASCII = ("|- ", "`- ", "|  ", "   ")


def tree_lines(state: State, *, ascii_only: bool = False) -> list[str]:
    """The tree of whys, a line each: number, answer, status, evidence; what is open says so."""
    investigation = state.draft.investigation
    if investigation is None:
        return ["(no problem yet)"]
    lines = [one_line(investigation.problem, WIDTH)]
    tree = state.draft.tree
    marks = _ASCII if ascii_only else _UNICODE
    for leg in LEGS:
        roots: list[tuple[str, Why | None]] = [(why.id, why) for why in tree.children.get(None, ()) if why.leg == leg]
        roots += [(entry.id, None) for entry in state.draft.pending if entry.leg == leg and entry.parent is None]
        if roots:
            lines.append(f"{leg}:")
            _below(state, roots, "", marks, lines)
    return lines


def _below(state: State, entries: list[tuple[str, Why | None]], indent: str, marks: tuple[str, str, str, str], lines: list[str]) -> None:
    """Add lines for whys and what is below them, without recursion: a chain may be as long as somebody likes."""
    tree = state.draft.tree
    waiting = [(wid, why, indent, number == len(entries)) for number, (wid, why) in enumerate(entries, 1)][::-1]
    while waiting:
        wid, why, before, last = waiting.pop()
        lines.append(f"{before}{marks[1] if last else marks[0]}{wid} {_told(why)}")
        if why is None:
            continue
        children: list[tuple[str, Why | None]] = [(child.id, child) for child in tree.children.get(wid, ())]
        children += [(entry.id, None) for entry in state.draft.pending if entry.parent == wid]
        inner = before + (marks[3] if last else marks[2])
        waiting += [(cid, child, inner, number == len(children)) for number, (cid, child) in enumerate(children, 1)][::-1]


def _told(why: Why | None) -> str:
    if why is None:
        return "(open)"
    stale = ["stale"] if any(part.sha256 and part.state in {"changed", "missing"} for part in why.evidence) else []
    parts = [why.status, *stale, *([f"confidence {why.confidence}"] if why.confidence else []), *([why.leaf] if why.leaf else [])]
    parts += [f"read back: {why.read_back}"] if why.read_back else []
    parts += ["by an agent"] if why.author_kind == "agent" and not why.confirmed_by else []
    shown = ", ".join(one_line(show_ref(part), 60) for part in why.evidence[:3])
    more = f" and {len(why.evidence) - 3} more" if len(why.evidence) > 3 else ""
    return f"{one_line(why.answer, WIDTH)} [{'; '.join(parts)}]" + (f" ({shown}{more})" if shown else "")


# Rules that speak of each kind of question.
_OF_KIND = {
    "problem": (1, 15),
    "why": (2, 3, 4, 5, 6, 12),
    "next": (11,),
    "edge": (8,),
    "root_cause": (9, 12),
    "prediction": (9,),
    "clusters": (10,),
    "action": (13,),
    "lesson": (13,),
}


def why_lines(question: Question) -> list[str]:
    """Why a question is asked, and the rules that its answer is held against."""
    rules = [f"Rule {number}: {RULES[number].title}." for number in _OF_KIND.get(question.kind, ())]
    return [question.why_asked, *rules]
