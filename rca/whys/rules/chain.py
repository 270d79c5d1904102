"""Rules on the chain of whys: 2, 3, 6, 7, 8 and 11."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rca.model import Investigation, Why, Worklog
from rca.text.clean import one_line
from rca.text.refs import place
from rca.whys.ground import Ground
from rca.whys.rules.actions import own_actions
from rca.whys.rules.table import RULES, Finding, Severity
from rca.whys.rules.tree import LEGS, Tree, question_of
from rca.whys.words import is_english, terms, without_quotes

SAME = 0.75
LEAST_TERMS = 2
DEPTH = 3

_JOINS = re.compile(r"(?i)(?<![-\w])(?:and|also|plus|as well as|in addition|additionally|besides)(?![-\w])")
# Asks or tells why nobody saw it.
_UNSEEN = re.compile(
    r"(?i)(?:\b(?:not|never|no one|nobody|no test|no check|no alert|without)|n['’]t)\b.{0,60}"
    r"\b(?:caught|detected|noticed|discovered|spotted)\b"
    r"|\b(?:went|gone) (?:unnoticed|undetected)\b|\bescaped (?:the )?(?:tests?|review|detection)\b"
)


def _finding(rule: int, why: Why, message: str, severity: Severity = "error", hint: str = "", field: str = "answer") -> Finding:
    return Finding(rule, severity, f"why:{why.id}", field, message, hint or RULES[rule].hint)


def questions(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 2."""
    del worklog, ground
    tree = Tree(investigation)
    for why in tree.live():
        parent = tree.by_id.get(why.parent) if why.parent else None
        if why.parent and parent is None:
            yield _finding(2, why, f"why {why.id} follows {why.parent[:40]!r}, which is not here", field="parent")
            continue
        if why.id not in tree.depth:
            yield _finding(2, why, f"why {why.id} follows from itself in a circle", field="parent")
            continue
        above = tree.above(why)
        asked = terms(why.question)
        if parent is not None and why.question != question_of(why.leg, parent, tree) and terms(above) and not asked & terms(above):
            yield _finding(
                2, why, f"the question of {why.id} does not come from the answer above: “{one_line(above, 100)}”", field="question"
            )
        if why.status != "unknown" and (parent is not None or why.leg == "occurrence") and _left(why, parent, above, investigation):
            hint = "name in the answer what it explains, or ask the question that is missing between the two"
            yield _finding(2, why, f"the answer shares no term with what it explains: “{one_line(above, 100)}”", "warning", hint)


def _left(why: Why, parent: Why | None, above: str, investigation: Investigation) -> bool:
    mine = terms(why.answer)
    if parent is not None and parent.status == "unknown":
        return False
    if not mine or not terms(above) or mine & (terms(above) | terms(why.question)):
        return False
    if parent is None:
        return not any(evidence.kind in {"case", "cluster"} for evidence in why.evidence)
    return not _cited(why) & _cited(parent) and investigation.problem != above


def _cited(why: Why) -> set[str]:
    return {place(evidence)[0] or evidence.ref for evidence in why.evidence}


def restatements(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 3."""
    del worklog, ground
    tree = Tree(investigation)
    for why in tree.live():
        mine, theirs = terms(why.answer), terms(tree.above(why))
        if why.status == "unknown" or (why.parent is None and why.leg != "occurrence") or not theirs:
            continue
        if len(mine) >= LEAST_TERMS and (not mine - theirs or len(mine & theirs) / len(mine | theirs) >= SAME):
            yield _finding(3, why, f"why {why.id} says what its parent says", "warning")


def joined(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 6."""
    del worklog, ground
    tree = Tree(investigation)
    for why in tree.live():
        plain = without_quotes(why.answer)
        match = _JOINS.search(plain) if why.status != "unknown" and is_english(plain) else None
        if match and len(tree.children[why.parent]) < 2:
            yield _finding(6, why, f"“{match[0]}” may join two causes in why {why.id}", "warning")


def legs(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 7."""
    del worklog, ground
    tree = Tree(investigation)
    for leg in LEGS:
        if not tree.live(leg):
            hint = "answer its question, or override the rule and say why it does not matter here"
            yield Finding(7, "error", f"leg:{leg}", "answer", f"nothing is said of the {leg} leg", hint)
    for why in tree.live():
        parent = tree.by_id.get(why.parent) if why.parent else None
        if parent is not None and parent.leg != why.leg:
            yield _finding(7, why, f"why {why.id} is of the {why.leg} leg and follows one of the {parent.leg} leg", field="leg")
        if why.leg == "occurrence":
            told = next((text for text in (why.question, why.answer) if _UNSEEN.search(without_quotes(text)) and is_english(text)), "")
            hint = "answer that in the detection leg; here say what made it happen"
            if told and why.status != "unknown":
                yield _finding(7, why, f"why {why.id} tells why nobody saw it, in a chain that asks why it happened", "warning", hint)


def edges(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 8."""
    del worklog, ground
    tree = Tree(investigation)
    for why in tree.live():
        if why.status == "unknown" or why.read_back == "yes":
            continue
        above = one_line(tree.above(why), 80)
        if why.read_back == "no":
            yield _finding(8, why, f"“{above}” does not follow from why {why.id}, as it was read back", hint="answer it anew, or refute it")
        else:
            message = (
                f"why {why.id} was not read back"
                if not why.read_back
                else f"why {why.id} needs another condition: {one_line(why.condition, 80)}"
            )
            yield Finding(8, "error", f"edge:{why.id}", "verdict", f"{message}, against “{above}”", RULES[8].hint)


def leaves(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 11."""
    del ground
    tree = Tree(investigation)
    acted = {action.cause for action in own_actions(investigation, worklog)}
    for why in tree.leaves():
        if why.leaf == "data exhausted":
            continue
        where = f"next:{why.id}"
        if not why.leaf or why.status == "unknown":
            hint = "mark it `data exhausted`, or go on asking" if why.status == "unknown" else RULES[11].hint
            yield Finding(11, "error", where, "next", f"the chain ends at why {why.id}, which does not say that it is an end", hint)
            continue
        if why.level not in {"design", "process"}:
            level = f"at the level of {why.level}" if why.level else "at no level"
            hint = "ask what in design or process lets it be so"
            yield Finding(11, "error", where, "level", f"the chain ends at why {why.id}, {level}", hint)
        if why.id not in acted:
            yield Finding(
                11, "error", where, "action", f"no action answers why {why.id}, where a chain ends", f"add one with the cause {why.id}"
            )
    depth = max((tree.depth.get(why.id, 0) for why in tree.live("occurrence")), default=0)
    end = tree.deepest()
    if end is not None and depth < DEPTH and end.leaf != "data exhausted":
        yield _finding(11, end, f"the longest chain has {depth} of the {DEPTH} whys that most need", "warning", "ask why once more")
