"""From failing cases to clusters: who belongs together, and why.

Two steps, since people may decide between them. `group` gives each case its cause and the fingerprint of its group.
`make_clusters` makes a cluster of each group; it needs no more than cases that have a fingerprint, so it serves for a stored
record as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rca.causes.team_rules import Decided, TeamRules
from rca.failures.description import Description, describe, fingerprint, in_test
from rca.failures.message import worst_failure
from rca.failures.near import Message, leaders
from rca.model import Case, Cluster, Confidence
from rca.text.clean import one_line, shorten
from rca.text.excerpt import excerpt
from rca.text.frames import NO_RULES, FrameRules

EXCERPT = 3_000
EXCERPT_LINES = 60
IN_FULL = 50
MESSAGE = 2_000
# A frame is taken for a helper from so many different messages on, called from so many different places.
HELPER_MESSAGES = 3
HELPER_CALLERS = 3
# What a test says that failed because a part of it did, and how the names of its parts go on.
_SILENT = re.compile(r"(?:failed|<number> test steps? failed)?\.?", re.IGNORECASE)
_SEPARATOR = re.compile(r"/| > ")


@dataclass(slots=True)
class Facts:
    """Why the cases of a group are together.

    description: of the failure that leads the group. merged: fingerprints of the near-duplicates that were put to it.
    rule: name of the team's rule that decided, and title: its name where it names the group. place: the frame that
    counts. helper: a frame that was left out. wrapped: it is the innermost of several exceptions, in one of its cases at
    least. parents: tests that are here because a part of them is.
    """

    description: Description
    merged: tuple[str, ...] = ()
    rule: str = ""
    title: str = ""
    place: str = ""
    helper: str = ""
    wrapped: bool = False
    parents: int = 0


def group(cases: Sequence[Case], descriptions: Sequence[Description], rules: TeamRules) -> dict[str, Facts]:
    """Set `cause` and `fingerprint` of each case, and return the facts of each group by its fingerprint.

    cases and descriptions stand side by side. The result depends on them alone and not on who read them.
    """
    helpers = _helpers(descriptions)
    facts: dict[str, Facts] = {}
    counts: Counter[str] = Counter()
    marks: dict[int, str] = {}
    for case, description in zip(cases, descriptions, strict=True):
        case.cause = description.cause
        decided = rules.decide(case, description)
        if decided:
            case.fingerprint = decided.fingerprint
            facts.setdefault(decided.fingerprint, _ruled(decided, description))
            continue
        mark = marks.get(id(description))
        if mark is None:
            mark = marks[id(description)] = _mark(description, helpers, facts)
            facts[mark].wrapped |= description.wrapped
        case.fingerprint = mark
        counts[mark] += 1
    _move(cases, _merge(facts, counts))
    _move(cases, _parents(cases, facts))
    return facts


def _move(cases: Sequence[Case], moved: Mapping[str, str]) -> None:
    if moved:
        for case in cases:
            case.fingerprint = moved.get(case.fingerprint, case.fingerprint)


def _parents(cases: Sequence[Case], facts: dict[str, Facts]) -> dict[str, str]:
    """Put tests that failed only because a part of them did (`TestPrices` of `TestPrices/mug`) to that part's failure.

    Such a test says nothing of its own. Where its parts failed in several ways it stays by itself.
    """
    said = {mark: found.description for mark, found in facts.items() if not found.rule}
    silent = {mark for mark, each in said.items() if each.test and not each.frames and _SILENT.fullmatch(each.normal)}
    if not silent:
        return {}
    parts: dict[tuple[str, str, str], set[str]] = {}
    for case in cases:
        if case.fingerprint not in silent:
            for end in _SEPARATOR.finditer(case.name):
                parts.setdefault((case.suite, case.classname, case.name[: end.start()]), set()).add(case.fingerprint)
    ways: dict[str, set[str]] = {}
    for case in cases:
        if case.fingerprint in silent:
            ways.setdefault(case.fingerprint, set()).update(parts.get((case.suite, case.classname, case.name), {""}))
    moved = {mark: next(iter(found)) for mark, found in ways.items() if len(found) == 1 and "" not in found}
    for mark, part in moved.items():
        facts[part].parents += 1
        del facts[mark]
    return moved


def _ruled(decided: Decided, description: Description) -> Facts:
    named = decided.rule.name if decided.rule.action == "merge" else ""
    return Facts(description, rule=decided.rule.name, title=named, place=description.place())


def _mark(description: Description, helpers: AbstractSet[str], facts: dict[str, Facts]) -> str:
    """The fingerprint of a failure among all of the run: its cause, without a helper's frame where nothing else tells."""
    helper = description.place() if description.says == "nothing" else ""
    if helper not in helpers:
        facts.setdefault(description.cause, Facts(description, place=description.place()))
        return description.cause
    mark = fingerprint(description.cause_text(helpers))
    facts.setdefault(mark, Facts(description, place=description.place(helpers), helper=helper))
    return mark


def _helpers(descriptions: Sequence[Description]) -> frozenset[str]:
    """Frames that stand above many causes: seen with many messages, called from many places."""
    messages: dict[str, set[tuple[str, str]]] = {}
    callers: dict[str, set[str]] = {}
    for description in {id(each): each for each in descriptions}.values():
        place = description.place()
        if place:
            frames = description.frames
            caller = next((frame for frame in frames[frames.index(place) + 1 :] if not in_test(frame)), "")
            messages.setdefault(place, set()).add((description.type, description.normal))
            callers.setdefault(place, set()).add(caller)
    # A file without a function holds many: only a great many messages make it a helper.
    return frozenset(
        place
        for place, said in messages.items()
        if len(said) >= HELPER_MESSAGES * (1 if ":" in place else 4) and len(callers[place] - {""}) >= HELPER_CALLERS
    )


def _merge(facts: dict[str, Facts], counts: Counter[str]) -> dict[str, str]:
    """Put near-duplicates to their leaders, and return where each of them went."""
    marks = list(counts)
    messages = [
        Message(found.description.type, f"{found.place}\n{found.description.test}", found.description.normal, counts[mark])
        for mark in marks
        for found in (facts[mark],)
    ]
    moved = {marks[i]: marks[leader] for i, leader in enumerate(leaders(messages)) if leader != i}
    for mark, leader in moved.items():
        facts[leader].merged += (mark,)
        del facts[mark]
    return moved


def make_clusters(
    cases: Sequence[Case],
    categories: Sequence[str],
    run_id: str,
    *,
    frames: FrameRules = NO_RULES,
    facts: Mapping[str, Facts] | None = None,
) -> tuple[Cluster, ...]:
    """Make one cluster of each group of failing cases with the same `fingerprint`, the largest first, `c1` and so on.

    cases: with ids that are unique in the run. categories: the category of each, side by side with them. frames: whose code
    is whose, for the excerpts. facts: what `group` returned; where it says nothing of a fingerprint, as for cases of a stored
    record, the case that stands for the group is described again from what is kept of its text.
    """
    groups: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        groups.setdefault(case.fingerprint, []).append(index)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0]))
    known = facts or {}
    return tuple(
        _cluster(
            number,
            [cases[i] for i in indexes],
            [categories[i] for i in indexes],
            run_id,
            known.get(mark),
            frames,
        )
        for number, (mark, indexes) in enumerate(ranked, 1)
    )


def _cluster(number: int, cases: list[Case], categories: list[str], run_id: str, facts: Facts | None, frames: FrameRules) -> Cluster:
    example = next((case for case in cases if any(failure.text for failure in case.failures)), cases[0])
    if facts is None:
        found = describe(example, frames)
        facts = Facts(found, place=found.place())
    description = facts.description
    return Cluster(
        id=f"c{number}",
        title=one_line(facts.title, 140) or _title(description.type, description.message, example),
        fingerprint=cases[0].fingerprint,
        keys=description.keys(),
        merged=facts.merged,
        error_type=description.type,
        message=shorten(description.message, MESSAGE),
        frames=description.frames,
        why_matched=_why(facts, cases),
        confidence=_confidence(facts, len(cases)),
        categories=tuple(dict.fromkeys(categories)),
        cases=tuple(case.id for case in cases),
        example=example.id,
        excerpt=_excerpt(example, frames if number <= IN_FULL else None),
        runs=(run_id,),
    )


def _title(kind: str, message: str, example: Case) -> str:
    short = kind.rpartition(".")[2].rpartition("::")[2].rpartition("\\")[2]
    first = message.strip().split("\n", 1)[0]
    if not first:
        first = f"{example.name or example.suite or 'a case'} gave no message"
    return one_line(f"{short}: {first}" if short and not first.startswith(short) else first, 140)


def _confidence(facts: Facts, size: int) -> Confidence:
    if size == 1 or facts.rule:
        return "high"
    said = facts.description.confidence()
    return "medium" if said == "high" and (facts.merged or facts.helper) else said


def _why(facts: Facts, cases: list[Case]) -> str:
    if facts.rule:
        return f"the rule {facts.rule} of the configuration"
    if len(cases) == 1:
        return "the only case with this error"
    return f"all {len(cases):,} share {_shared(facts, cases)}{_apart(facts)}"


def _shared(facts: Facts, cases: list[Case]) -> str:
    description = facts.description
    said = {worst.message[:300] for case in cases if (worst := worst_failure(case)) and not _SILENT.fullmatch(worst.message)}
    shared = [f"the type {description.type}"] if description.type else []
    if description.normal:
        apart = len(said) > 1 and not facts.wrapped
        shared.append("the message, apart from numbers, times, ids and paths in it" if apart else "the message")
    if facts.place:
        shared.append(f"the frame {facts.place}")
    if description.test:
        shared.append("the name of the test, since message and frames say nothing")
    if len(shared) == 1:
        return shared[0]
    return f"{', '.join(shared[:-1])} and {shared[-1]}"


def _apart(facts: Facts) -> str:
    parts = ["of exceptions that cause one another the innermost counts"] if facts.wrapped else []
    if facts.merged:
        many = len(facts.merged)
        are = f"{many:,} near-duplicates of the message are" if many > 1 else "1 near-duplicate of the message is"
        parts.append(f"{are} among them")
    if facts.parents:
        parts.append("tests whose parts are these failed with them")
    if facts.helper:
        parts.append(f"the frame {facts.helper} does not count, since many causes show it")
    return "".join(f"; {part}" for part in parts)


def _excerpt(case: Case, frames: FrameRules | None) -> str:
    """The text of a failure, shortened; by frames only for the clusters that a face shows in full."""
    worst = worst_failure(case)
    if worst is None:
        return ""
    text = worst.text.strip("\n")
    first = worst.message.strip()
    if first and first.split("\n", 1)[0] not in text:
        text = f"{first}\n\n{text}" if text else first
    return shorten(text if frames is None else excerpt(text, EXCERPT_LINES, frames), EXCERPT)
