"""What an answer comes to: texts are cleaned, redacted and held against their limits, then made into events."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rca.model import Action, AuthorKind, Evidence, Fix, Lesson, Location, Mapped, RootCause, TimelineEvent, Why, WhyStatus
from rca.text.clean import clean, one_line
from rca.text.redact import redact
from rca.text.refs import LONGEST, MOST, parse_ref, place, split_refs
from rca.whys import events as ev
from rca.whys.draft import Draft, next_id
from rca.whys.forms import Field, Question, clusters_in, follow, meant, place_of, run_of
from rca.whys.material import Material
from rca.whys.rules import Finding
from rca.whys.rules.tree import question_of

MANY_LINES = 2_000
# Beyond this many times its limit a text is refused before it is looked at.
FAR_TOO_LONG = 8

_EVENT = re.compile(
    r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(?:Z|[+-]\d\d:?\d\d)?)[ \t]+(\S.*?)(?:[ \t]\[([^\[\]]{1,200})\])?"
)
_MAPS = re.compile(r"(c\d{1,9}|rest)\s*[:=]\s*(\S.*)", re.IGNORECASE)
_TO = re.compile(r"(unexplained|out of scope|\d{1,9}(?:\.\d{1,9}){0,40})\b[\s:,]*(.*)", re.IGNORECASE)
_SHA = re.compile(r"[0-9a-f]{7,40}")

# An event that is to be: its type and its fields.
New = tuple[type[ev.Base], dict[str, Any]]


class WrongError(Exception):
    """An answer that cannot be taken; caught within the engine and given back as a value."""

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.field, self.message, self.hint = field, message, hint


@dataclass(frozen=True)
class Context:
    """What an answer is held against."""

    draft: Draft
    material: Material
    question: Question
    author: str
    kind: AuthorKind
    about: str = ""


def finding_of(wrong: WrongError, where: str) -> Finding:
    """What is wrong with the form of an answer."""
    return Finding(0, "error", where, wrong.field, wrong.message, wrong.hint)


def read_values(question: Question, given: Mapping[str, str]) -> dict[str, str]:
    """The fields of an answer, cleaned; what was not given keeps what stands there. Raises WrongError."""
    names = {field.name for field in question.fields}
    first = question.fields[0].name if question.fields else ""
    values = {(name or first): text for name, text in given.items()}
    if len(values) < len(given):
        raise WrongError(first, f"{first} is given twice", "give it once, by its name or without one")
    unknown = [name for name in values if name not in names]
    if unknown:
        raise WrongError(
            one_line(str(unknown[0]), 40),
            f"there is no field {one_line(str(unknown[0]), 40)!r} here",
            f"its fields are {', '.join(sorted(names))}",
        )
    return {field.name: _value(field, values.get(field.name)) for field in question.fields}


def _value(field: Field, given: object) -> str:
    if given is None:
        return field.value
    if not isinstance(given, str):
        raise WrongError(field.name, f"{field.label} must be a text", "write it as a string")
    value = tidy(field.name, field.label, given, field.limit, lines=field.kind in {"text", "lines", "refs"})
    if field.kind == "choice" and value:
        return _choice(field, value)
    return value


def tidy(name: str, label: str, text: str, limit: int, *, lines: bool) -> str:
    """A text as it may be stored. Raises WrongError when it is longer than its limit: nothing is cut."""
    if len(text) <= limit * FAR_TOO_LONG:
        cleaned = redact(clean(text))
        text = cleaned.strip() if lines else " ".join(cleaned.split())
    if len(text) > limit:
        raise WrongError(name, f"{label} has {len(text):,} characters; {limit:,} are the most", "shorten it; the text is kept for that")
    return text


def _choice(field: Field, value: str) -> str:
    fits = meant(field.choices, value)
    if len(fits) == 1:
        return fits[0]
    shown, label = one_line(value, 40), field.label
    raise WrongError(
        field.name,
        f"{label}: {shown!r} may be {' or '.join(fits)}" if fits else f"{label}: {shown!r} is none of {', '.join(field.choices)}",
        "write the word or its number",
    )


def missing(question: Question, values: Mapping[str, str]) -> None:
    """Raise WrongError when a field that is needed is empty."""
    for field in question.fields:
        if field.required and not values[field.name]:
            raise WrongError(
                field.name,
                f"{field.label} is empty",
                f"choose {', '.join(field.choices)}" if field.choices else "write it, or leave the question open with `:skip`",
            )


def take(context: Context, values: dict[str, str]) -> list[New]:
    """The events that an answer comes to; values as `read_values` gives them. Raises WrongError."""
    if context.question.kind == "problem":
        values = follow(context.material, context.question.prefilled, values)
    missing(context.question, values)
    return list(_TAKE[context.question.kind](context, values))


# -- the problem and the facts --------------------------------------------------------------------------------------------


def _problem(context: Context, values: dict[str, str]) -> Iterator[New]:
    known = context.material.ground.clusters
    clusters = clusters_in(values["clusters"], known)
    unknown = [name for name in clusters if name not in known]
    if unknown:
        raise WrongError("clusters", f"there is no cluster {one_line(unknown[0], 40)!r}", f"known are {', '.join(list(known)[:20])}")
    run = run_of(context.material, clusters)
    taken = {investigation.id for investigation in context.material.worklog.investigations}
    number = next(n for n in range(1, len(taken) + 2) if f"i{n}" not in taken)
    old = context.draft.investigation
    name = old.id if old else f"i{number}"
    yield ev.Opened, {"investigation": name, "problem": values["problem"], "clusters": clusters, "run": run.id if run else ""}


def _facts(_context: Context, values: dict[str, str]) -> Iterator[New]:
    lines = [line.strip() for line in values["timeline"].split("\n") if line.strip()]
    if len(lines) > MANY_LINES:
        raise WrongError("timeline", f"the timeline has {len(lines):,} lines; {MANY_LINES:,} are the most")
    events = tuple(sorted((_event(line, number) for number, line in enumerate(lines, 1)), key=lambda event: event.at))
    yield ev.FactsConfirmed, {"timeline": events, "impact": values["impact"], "severity": values["severity"]}


def _event(line: str, number: int) -> TimelineEvent:
    hint = "write `2026-11-22T04:40Z what happened [reference]`"
    match = _EVENT.fullmatch(line)
    if match is None:
        raise WrongError("timeline", f"line {number} does not begin with a time: {one_line(line, 60)!r}", hint)
    try:
        at = dt.datetime.fromisoformat(match[1])
        at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise WrongError("timeline", f"line {number} has no such time: {match[1]}", hint) from None
    return TimelineEvent(at=at, text=match[2], ref=match[3] or "")


# -- whys -----------------------------------------------------------------------------------------------------------------


def evidence_of(context: Context, text: str, old: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The evidence that a text names; numbers are those of the candidates. What was attached before is not looked up again."""
    cases = context.material.ground.cases
    pieces = [part for piece in split_refs(text) for part in _behind_a_case(piece, cases)]
    if len(pieces) > MOST:
        raise WrongError("evidence", f"{len(pieces)} references; {MOST} are the most", "keep those that show it best")
    named = {(evidence.kind, evidence.ref): evidence for evidence in (_piece(context, piece) for piece in pieces)}
    kept = {(part.kind, part.ref): part for part in old if part.state not in {"changed", "missing"}}
    new = {key: evidence for key, evidence in named.items() if key not in kept}
    looked_up = dict(zip(new, context.material.look_up(list(new.values())), strict=True))
    return tuple(_bounded(kept.get(key) or looked_up[key]) for key in named)


def _behind_a_case(piece: str, cases: Collection[str]) -> list[str]:
    """The name of a case may hold spaces and so takes a whole line: what stands behind one that is known is a reference of its own."""
    name = piece.removeprefix("case:").strip()
    if name == piece or name in cases:
        return [piece]
    ends = (match.start() for match in re.finditer(r"[\s,]+", name[:LONGEST]))
    end = next((end for end in ends if name[:end] in cases), None)
    return [piece] if end is None else [f"case:{name[:end]}", *split_refs(name[end:])]


def _piece(context: Context, piece: str) -> Evidence:
    offered = context.question.candidates
    if piece.isascii() and piece.isdecimal() and len(piece) < 4:
        if 0 < int(piece) <= len(offered):
            return offered[int(piece) - 1].ref
        there = f"choose 1 to {len(offered)}" if offered else "nothing is offered at this question"
        raise WrongError("evidence", f"there is no candidate {piece} here", f"{there}; an issue is written #{piece}")
    evidence = parse_ref(piece)
    if isinstance(evidence, str):
        raise WrongError("evidence", evidence)
    return evidence


def _bounded(evidence: Evidence) -> Evidence:
    """What a resolver or a report gave is foreign text: on one line, without secrets."""
    texts = {name: one_line(redact(getattr(evidence, name)[:4_000]), 300) for name in ("excerpt", "reason")}
    return evidence if all(getattr(evidence, name) == text for name, text in texts.items()) else evidence.model_copy(update=texts)


def settled(wanted: str, evidence: tuple[Evidence, ...], kind: AuthorKind) -> WhyStatus:
    """The status of an answer: what a person says, else what its evidence gives; of an agent it stays a hypothesis."""
    if wanted in {"refuted", "unknown"}:
        return "refuted" if wanted == "refuted" else "unknown"
    found = any(part.state == "found" and part.kind != "url" for part in evidence)
    if kind == "agent" or wanted == "hypothesis":
        return "hypothesis"
    return "supported" if wanted == "supported" or found else "hypothesis"


def _why(context: Context, values: dict[str, str]) -> Iterator[New]:
    wid = context.question.id.partition(":")[2]
    draft = context.draft
    where = place_of(draft, wid)
    if where is None:
        raise WrongError("answer", f"there is no why {one_line(wid, 40)!r} to answer now")
    parent, leg = where
    old = draft.tree.by_id.get(wid)
    evidence = evidence_of(context, values["evidence"], old.evidence if old else ())
    status = settled(values["status"], evidence, context.kind)
    facts = {"id": wid, "answer": values["answer"], "status": status, "confidence": values["confidence"], "evidence": evidence}
    if old is None:
        above = draft.tree.by_id.get(parent) if parent else None
        yield ev.WhyAnswered, {**facts, "parent": parent, "leg": leg, "asked": question_of(leg, above, draft.tree)}
    else:
        yield ev.WhyEdited, facts
    after = values["next"] or ("data exhausted" if status == "unknown" else "")
    yield from _after(
        draft, Why(id=wid, parent=parent, leg=leg, question="", answer="", leaf=old.leaf if old else ""), after, values["level"]
    )


def _after(draft: Draft, why: Why, after: str, level: str) -> Iterator[New]:
    """Whether the chain goes on below, goes on beside, or ends."""
    if after == "why":
        if not any(entry.parent == why.id for entry in draft.pending):
            yield ev.BranchOpened, {"id": next_id(draft, why.id), "parent": why.id, "leg": why.leg}
    elif after == "also":
        yield beside(draft, why)
    elif after or (level and why.leaf):
        yield ev.LeafMarked, {"id": why.id, "mark": after or why.leaf, "level": level}


def beside(draft: Draft, why: Why) -> New:
    """One more why beside this one, which may not be in the draft yet."""
    wid = next_id(draft, why.parent)
    if wid == why.id:
        stem, _, last = wid.rpartition(".")
        wid = f"{stem}.{int(last) + 1}" if stem else str(int(last) + 1)
    return ev.BranchOpened, {"id": wid, "parent": why.parent, "leg": why.leg}


def _next(context: Context, values: dict[str, str]) -> Iterator[New]:
    why = context.draft.tree.by_id[context.question.id.partition(":")[2]]
    yield from _after(context.draft, why, values["next"], values["level"])


def _edge(context: Context, values: dict[str, str]) -> Iterator[New]:
    why = context.draft.tree.by_id[context.question.id.partition(":")[2]]
    verdict, condition = values["verdict"], values["condition"]
    if verdict == "needs condition" and not condition:
        raise WrongError("condition", "what else is needed is not said", "name the condition; it becomes a why of its own")
    if verdict != "needs condition" and condition not in {"", why.condition}:
        raise WrongError(
            "condition", f"a condition was written, and the answer is {verdict}", "choose `needs condition`, or leave it empty"
        )
    yield ev.EdgeRead, {"id": why.id, "verdict": verdict, "condition": condition if verdict == "needs condition" else ""}
    if verdict == "needs condition":
        yield beside(context.draft, why)


# -- the cause ------------------------------------------------------------------------------------------------------------


def _root_cause(context: Context, values: dict[str, str]) -> Iterator[New]:
    whys = tuple(dict.fromkeys(name for name in re.split(r"[\s,]+", values.pop("whys")) if name))
    unknown = [name for name in whys if name not in context.draft.tree.by_id]
    if unknown:
        raise WrongError("whys", f"there is no why {one_line(unknown[0], 40)!r}", "name whys by their numbers: 1.1 1.2")
    yield ev.RootCauseStated, {"cause": RootCause(whys=whys, **values)}


def _prediction(context: Context, values: dict[str, str]) -> Iterator[New]:
    green, red = (_cases(context, field, values[field]) for field in ("turns_green", "stays_red"))
    yield ev.PredictionMade, {"failure_text": values["failure_text"], "turns_green": green, "stays_red": red}


def _cases(context: Context, field: str, text: str) -> tuple[str, ...]:
    """Ids of clusters and of cases; a line that is a case counts as a whole."""
    ground = context.material.ground
    found: dict[str, None] = {}
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        names = [line] if line in ground.cases else re.split(r"[\s,]+", line)
        for name in names:
            if name not in ground.clusters and name not in ground.cases:
                raise WrongError(
                    field, f"{one_line(name, 120)!r} is neither a cluster nor a failing case", "name clusters (c1 c2), or cases one a line"
                )
            found[name] = None
    return tuple(found)


def _clusters(context: Context, values: dict[str, str]) -> Iterator[New]:
    ground = context.material.ground
    found: dict[str, Mapped] = {}
    rest: Mapped | None = None
    for number, line in enumerate(filter(None, (line.strip() for line in values["mapping"].split("\n"))), 1):
        match = _MAPS.fullmatch(line)
        target = _TO.fullmatch(match[2]) if match else None
        if match is None or target is None:
            raise WrongError(
                "mapping",
                f"line {number} cannot be read: {one_line(line, 60)!r}",
                "write `c1: 1.1.1`, `c2: unexplained` or `c3: out of scope`",
            )
        entry = _mapped(match[1].lower(), target[1].lower(), target[2])
        if entry.cluster == "rest":
            rest = entry
        elif entry.cluster not in ground.clusters:
            raise WrongError("mapping", f"there is no cluster {entry.cluster}", f"known are {', '.join(list(ground.clusters)[:20])}")
        else:
            found[entry.cluster] = entry
    if rest is not None:
        found |= {cid: rest.model_copy(update={"cluster": cid}) for cid in ground.in_question if cid not in found}
    yield ev.ClustersMapped, {"mapping": tuple(found.values())}


def _mapped(cluster: str, target: str, reason: str) -> Mapped:
    if target == "unexplained":
        return Mapped(cluster=cluster, to="unexplained", reason=reason)
    if target == "out of scope":
        return Mapped(cluster=cluster, to="out of scope", reason=reason)
    return Mapped(cluster=cluster, to="leaf", why=target, reason=reason)


def _fix(context: Context, values: dict[str, str]) -> Iterator[New]:
    commits = tuple(dict.fromkeys(name for name in re.split(r"[\s,]+", values["commits"].lower()) if name))
    wrong = [name for name in commits if not _SHA.fullmatch(name)]
    if wrong:
        raise WrongError("commits", f"{one_line(wrong[0], 60)!r} is no hash of a commit", "give 7 to 40 of its digits")
    locations = tuple(_location(line.strip()) for line in values["locations"].split("\n") if line.strip())
    old = context.draft.fix or Fix(summary="")
    changes = {"summary": values["summary"], "commits": commits, "locations": locations, "pull_request": values["pull_request"]}
    yield ev.FixNamed, {"fix": old.model_copy(update=changes)}


def _location(text: str) -> Location:
    path, line, commit = place(Evidence(kind="location", ref=text))
    if not path:
        raise WrongError("locations", f"{one_line(text, 60)!r} is no place", "write path:line@commit")
    return Location(path, line, commit or None)


# -- actions and lessons --------------------------------------------------------------------------------------------------


def _action(context: Context, values: dict[str, str]) -> Iterator[New]:
    number = int(context.question.id.partition(":")[2])
    due = None
    if values["due"]:
        try:
            due = dt.date.fromisoformat(values["due"])
        except ValueError:
            raise WrongError("due", f"{one_line(values['due'], 40)!r} is no date", "write YYYY-MM-DD") from None
    old = context.draft.actions[number - 1] if number <= len(context.draft.actions) else None
    facts = {**values, "due": due, "done": old.done if old else False, "investigation": _own(context)}
    yield ev.ActionTaken, {"number": number, "action": Action.model_validate(facts)}


def _lesson(context: Context, values: dict[str, str]) -> Iterator[New]:
    number = int(context.question.id.partition(":")[2])
    yield ev.LessonLearnt, {"number": number, "lesson": Lesson.model_validate({**values, "investigation": _own(context)})}


def _own(context: Context) -> str:
    return context.draft.investigation.id if context.draft.investigation else ""


_TAKE: dict[str, Callable[[Context, dict[str, str]], Iterator[New]]] = {
    "problem": _problem,
    "facts": _facts,
    "why": _why,
    "next": _next,
    "edge": _edge,
    "root_cause": _root_cause,
    "prediction": _prediction,
    "clusters": _clusters,
    "fix": _fix,
    "action": _action,
    "lesson": _lesson,
}
