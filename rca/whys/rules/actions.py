"""Rule 13: actions are done by somebody, by some day, and can be checked. Its lists are English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rca.model import Action, Investigation, Lesson, Worklog
from rca.text import figures
from rca.text.clean import one_line
from rca.whys.ground import Ground
from rca.whys.rules.table import RULES, Finding, Severity
from rca.whys.rules.tree import Tree
from rca.whys.words import is_english, listed

# What begins like this is no order: an article, a pronoun, a preposition, a wish.
_NO_VERB = listed(
    "a an the this that these those it we i you they he she our my your their there here in on at of for with from by to as if"
    " when because better more less no not all some each every new should must could would will can may need needs tests"
    " documentation monitoring training someone somebody everyone team developers engineers"
)
_NOUN_ENDING = re.compile(r"(?:tion|sion|ment|ness|ity|ance|ence|ing|ed)$")
# Verbs that end like nouns.
_VERBS = listed(
    "implement document mention question position condition section partition provision transition bring ring sing string"
    " instrument augment experiment supplement reference sequence silence balance embed feed need speed shed shred seed ping"
    " commission function station comment"
)
_VAGUE = re.compile(
    r"(?i)^(?:investigate|look into|ensure|make sure|try to|consider|think about|be (?:more )?careful|remember|remind"
    r"|pay (?:more )?attention"
    r"|improve|raise awareness)\b|\bbe more careful\b|\bpay (?:more )?attention\b"
)
_FIRST = re.compile(r"[^\W\d_][\w'’-]*")


def own_actions(investigation: Investigation, worklog: Worklog) -> list[Action]:
    """The actions of an investigation; those that name none belong to the only one there is."""
    named = [action for action in worklog.actions if action.investigation == investigation.id]
    return named or [action for action in worklog.actions if not action.investigation and len(worklog.investigations) <= 1]


def own_lessons(investigation: Investigation, worklog: Worklog) -> list[Lesson]:
    """The lessons of an investigation, likewise."""
    named = [lesson for lesson in worklog.lessons if lesson.investigation == investigation.id]
    return named or [lesson for lesson in worklog.lessons if not lesson.investigation and len(worklog.investigations) <= 1]


def actions(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 13."""
    tree = Tree(investigation)
    found = own_actions(investigation, worklog)
    lessons = own_lessons(investigation, worklog)
    causes = {*tree.by_id, *ground.clusters, *(f"lesson {number}" for number in range(1, len(lessons) + 1))}
    for number, action in enumerate(found, 1):
        yield from _one(action, f"action:{number}", causes)
    answered = {action.cause for action in found}
    cause = investigation.root_cause
    if cause is not None and not answered & {*(cause.whys or tree.by_id), *investigation.clusters}:
        yield Finding(
            13, "error", "action:new", "cause", "no action answers the root cause", "add one whose cause is a why that it rests on"
        )
    for number, lesson in enumerate(lessons, 1):
        if lesson.kind == "went badly" and f"lesson {number}" not in answered:
            message = f"no action answers what went badly: “{one_line(lesson.text, 80)}”"
            yield Finding(13, "error", "action:new", "cause", message, f"add one with the cause `lesson {number}`")
    if found and not any(action.kind in {"prevent", "detect"} for action in found):
        hint = "add a test, a check or an alert that would have caught it"
        message = f"none of {figures.count(len(found), 'action')} prevents or detects it the next time"
        yield Finding(13, "warning", "action:new", "kind", message, hint)


def _one(action: Action, where: str, causes: set[str]) -> Iterator[Finding]:
    def finding(field: str, message: str, severity: Severity = "error", hint: str = "") -> Finding:
        return Finding(13, severity, where, field, f"“{one_line(action.text, 60)}” {message}", hint or RULES[13].hint)

    for field, value in (("owner", action.owner), ("due", action.due), ("cause", action.cause), ("done_when", action.done_when)):
        if not value:
            told = {
                "owner": "has no owner",
                "due": "has no due date",
                "cause": "names no cause",
                "done_when": "says not how one sees that it is done",
            }
            yield finding(field, told[field])
    if action.cause and action.cause not in causes:
        yield finding("cause", f"answers {action.cause[:40]!r}, which is not here", hint="name a why, a cluster or `lesson 1`")
    if is_english(action.text):
        first = _FIRST.search(action.text)
        word = first[0].lower() if first else ""
        if not word or word in _NO_VERB or (_NOUN_ENDING.search(word) and word not in _VERBS and len(word) > 4):
            yield finding("text", "does not begin with a verb", hint="say what is to be done: Add, Remove, Pin, Rename …")
        vague = _VAGUE.search(action.text.strip())
        if vague and action.kind != "investigate":
            yield finding("text", f"promises nothing that can be seen (“{vague[0]}”)", "warning")
