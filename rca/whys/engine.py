"""The engine: a state, a command, and what comes of it. Nothing in here raises on a command or on a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from rca.model import Action, AuthorKind, Fix, Investigation, Leg, Why, Worklog
from rca.text.clean import one_line
from rca.text.redact import redact
from rca.text.refs import parse_ref
from rca.whys import commands as cmd
from rca.whys import events as ev
from rca.whys.answers import Context, New, WrongError, beside, evidence_of, finding_of, read_values, settled, take, tidy
from rca.whys.draft import Draft, apply_event, fold, live_steps, next_id, undone_steps
from rca.whys.flow import next_asked
from rca.whys.forms import LONG, Asked, Question, build
from rca.whys.material import Material
from rca.whys.rules import RULES, Finding
from rca.whys.rules.tree import LEGS

# Rules that are looked at as soon as a question is answered, by its kind. The others need more than one answer.
AT_ONCE: dict[str, tuple[int, ...]] = {
    "problem": (1, 15),
    "why": (2, 3, 4, 5, 6, 7, 12),
    "root_cause": (5, 9, 12, 15),
    "prediction": (9,),
    "clusters": (10,),
    "action": (13,),
}


@dataclass(frozen=True)
class State:
    """A session: what it stands on, what happened, and what that comes to. `draft` follows from the other two."""

    material: Material = field(compare=False, repr=False)
    events: tuple[ev.Event, ...] = ()
    draft: Draft = field(default_factory=Draft)

    @cached_property
    def asked(self) -> Question | None:
        """The question that is open, worked out once for each state."""
        return _question(self)


@dataclass(frozen=True)
class Outcome:
    """What came of a command. accepted: it was carried out. question: the next one, or the same with the refused text in it."""

    state: State
    events: tuple[ev.Event, ...] = ()
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    question: Question | None = None

    @property
    def accepted(self) -> bool:
        """Whether the command was carried out; errors of rules may stand against it nevertheless."""
        return bool(self.events) or not self.errors


def replay(material: Material, events: Iterable[ev.Event]) -> State:
    """The state after all these events."""
    known = tuple(events)
    return State(material, known, fold(known, material.ground))


def apply(state: State, event: ev.Event) -> State:
    """The state after one more event."""
    events = (*state.events, event)
    if isinstance(event, ev.Undone | ev.Redone):
        return State(state.material, events, fold(events, state.material.ground))
    return State(state.material, events, apply_event(state.draft, event, state.material.ground))


def revision(state: State) -> int:
    """The number of the last event."""
    return state.events[-1].seq if state.events else 0


def done(state: State) -> bool:
    """Whether the investigation is finished."""
    return state.draft.finished


def question(state: State) -> Question | None:
    """The question that is open; None when the investigation is finished and nobody went back into it."""
    return state.asked


def _question(state: State) -> Question | None:
    asked = _asked(state)
    found = build(state.draft, state.material, asked) if asked else None
    if found is not None and found.kind == "review":
        return replace(found, findings=review(state))
    return found


def _asked(state: State) -> Asked | None:
    asked = next_asked(state.draft)
    cursor = state.draft.cursor
    if cursor and (asked is None or cursor != asked.id) and build(state.draft, state.material, Asked(cursor)) is not None:
        return Asked(cursor)
    return asked


def written(state: State) -> Worklog:
    """The worklog with all that was answered in it. Figures and status that follow from it are for others to work out."""
    draft, worklog = state.draft, state.material.worklog
    own = draft.investigation
    if own is None:
        return worklog
    own = _judged_before(own, worklog)
    changes: dict[str, Any] = {
        "investigations": (*(other for other in worklog.investigations if other.id != own.id), own),
        "actions": (*(other for other in worklog.actions if other.investigation != own.id), *_still_done(draft.actions, worklog)),
        "lessons": (*(other for other in worklog.lessons if other.investigation != own.id), *draft.lessons),
    }
    if draft.fix is not None:
        fix: Fix = draft.fix.model_copy(update={"investigation": own.id})
        changes["fixes"] = (*(other for other in worklog.fixes if other.investigation != own.id), fix)
    if draft.facts:
        changes["timeline"] = draft.timeline
        changes["severity"] = own.severity or worklog.severity
    return worklog.model_copy(update=changes)


def _judged_before(own: Investigation, worklog: Worklog) -> Investigation:
    """What runs said of a prediction holds as long as the same is foretold."""
    stored = next((other.prediction for other in worklog.investigations if other.id == own.id), None)
    if stored is None or own.prediction is None:
        return own
    stated = {name: getattr(own.prediction, name) for name in ("failure_text", "turns_green", "stays_red")}
    same = stored.model_copy(update=stated) == stored
    return own.model_copy(update={"prediction": stored}) if same else own


def _still_done(actions: tuple[Action, ...], worklog: Worklog) -> Iterator[Action]:
    """What was closed in the record, or opened again, stays so as long as it says the same."""
    known = {(action.investigation, action.text): action for action in worklog.actions if action.done or action.history}
    for action in actions:
        old = known.get((action.investigation, action.text))
        yield action.model_copy(update={"done": old.done, "history": old.history}) if old else action


def review(state: State) -> tuple[Finding, ...]:
    """All findings: errors first, then warnings, then what was set aside."""
    from rca.whys.rules.checks import check

    own = state.draft.investigation
    if own is None:
        return ()
    found = check(own, written(state), state.material.ground)
    return tuple(sorted(found, key=lambda finding: (bool(finding.overridden), finding.severity != "error", finding.rule)))


# -- one step -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Turn:
    """A command within its state: who gives it, and the question that is open."""

    state: State
    author: str
    kind: AuthorKind
    question: Question | None
    asked: Asked | None

    @property
    def draft(self) -> Draft:
        return self.state.draft

    def context(self) -> Context:
        if self.question is None:
            raise WrongError("", "the investigation is finished", "`:undo`, or `:goto` a question to change something")
        return Context(self.draft, self.state.material, self.question, self.author, self.kind, self.asked.about if self.asked else "")


def step(state: State, command: cmd.Command, at: datetime, author: str = "", author_kind: AuthorKind = "human") -> Outcome:
    """Carry out a command. What cannot be done comes back as errors, with the text that was typed in the question's fields."""
    now = question(state)
    turn = _Turn(state, one_line(redact(author[:1_000]), 200), author_kind, now, _asked(state))
    try:
        new = _CARRY_OUT[type(command)](turn, command)
    except WrongError as wrong:
        where = now.id if now else ""
        return Outcome(state, errors=(finding_of(wrong, where),), question=_kept(now, command))
    except _RefusedError as refused:
        return Outcome(state, errors=refused.findings, question=now)
    answered = now.id if now and isinstance(command, cmd.Answer | cmd.Unknown) else ""
    events = _stamped(state, new, at, turn, answered)
    after = state
    for event in events:
        after = apply(after, event)
    if not answered or not events or isinstance(events[0], ev.Moved | ev.Skipped | ev.Finished):
        return Outcome(after, events, question=question(after))
    return _judged(after, events, answered, at, turn)


def _kept(now: Question | None, command: cmd.Command) -> Question | None:
    """The question with the text in it that was refused: nothing that was typed is lost."""
    if now is None or not now.fields:
        return now
    if isinstance(command, cmd.Unknown):
        return now.holding({now.fields[0].name: command.text}) if command.text else now
    if not isinstance(command, cmd.Answer):
        return now
    held: dict[str, str] = {}
    for name, text in command.values.items():
        key = name or now.fields[0].name
        if isinstance(text, str):
            held[key] = f"{held[key]}\n{text}" if key in held else text
    return now.holding(held)


def _stamped(state: State, new: list[New], at: datetime, turn: _Turn, answered: str) -> tuple[ev.Event, ...]:
    first = revision(state) + 1
    base = {"step": first, "at": at, "author": turn.author, "author_kind": turn.kind}
    return tuple(
        kind(**base, seq=first + number, question=answered if kind is not ev.Moved else "", **facts)  # type: ignore[misc]
        for number, (kind, facts) in enumerate(new)
    )


def _judged(state: State, events: tuple[ev.Event, ...], answered: str, at: datetime, turn: _Turn) -> Outcome:
    """Look at what rules say of the answer alone; an error keeps the question open until it is mended, skipped or overridden."""
    from rca.whys.rules.checks import CHECKS

    own = state.draft.investigation
    kind = answered.partition(":")[0]
    found: tuple[Finding, ...] = ()
    if own is not None:
        worklog = written(state)
        raw = [f for number in AT_ONCE.get(kind, ()) for f in CHECKS[number](own, worklog, state.material.ground) if f.where == answered]
        aside = {(entry.rule, entry.where) for entry in own.overrides}
        found = tuple(f for f in raw if not {(f.rule, ""), (f.rule, f.where)} & aside)
    errors = tuple(f for f in found if f.severity == "error")
    if errors:
        move = _stamped(state, [(ev.Moved, {"to": answered})], at, turn, "")
        events = (*events, *(event.model_copy(update={"step": events[0].step}) for event in move))
        state = apply(state, events[-1])
    return Outcome(state, events, errors, tuple(f for f in found if f.severity != "error"), question(state))


class _RefusedError(Exception):
    """Findings that stand in the way of a command; caught within the engine."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__()
        self.findings = findings


def _answer(turn: _Turn, command: cmd.Answer) -> list[New]:
    context = turn.context()
    now = context.question
    if command.question and command.question != now.id:
        raise WrongError(
            "question",
            f"{one_line(command.question, 60)!r} is not the question that is open",
            f"it is {now.id}; `:goto` the other one first",
        )
    values = read_values(now, command.values)
    if now.kind == "review":
        return _go(turn, values["go"])
    if now.optional and _says_nothing(now, values):
        return _left(turn, now)
    return take(context, values)


def _says_nothing(now: Question, values: Mapping[str, str]) -> bool:
    """Whether what is needed is empty, and nothing else was written beside it."""
    needed = any(values[f.name] for f in now.fields if f.required and f.kind != "choice")
    return not needed and all(values[f.name] in {"", f.value} or f.kind == "choice" for f in now.fields)


def _left(turn: _Turn, now: Question) -> list[New]:
    """An empty answer to something optional: it is skipped; an entry that was there is taken out."""
    kind, _, rest = now.id.partition(":")
    entries = {"action": turn.draft.actions, "lesson": turn.draft.lessons}.get(kind, ())
    if rest.isdecimal() and int(rest) <= len(entries):
        return [
            (ev.ActionTaken, {"number": int(rest), "action": None})
            if kind == "action"
            else (ev.LessonLearnt, {"number": int(rest), "lesson": None})
        ]
    return [(ev.Skipped, {"key": now.key})]


def _go(turn: _Turn, text: str) -> list[New]:
    word = text.strip().lower()
    if word in {"", "finish"}:
        return _finish(turn, cmd.Finish())
    found = turn.question.findings if turn.question else ()
    if word.isascii() and word.isdecimal() and len(word) < 6:
        if 0 < int(word) <= len(found):
            return _goto(turn, cmd.Goto(found[int(word) - 1].where))
        raise WrongError("go", f"there is no finding {word}", f"there are {len(found)}")
    return _goto(turn, cmd.Goto(text))


def _back(turn: _Turn, _command: cmd.Back) -> list[New]:
    trail = list(turn.draft.trail)
    now = turn.question.id if turn.question else ""
    before = trail[: trail.index(now)] if now in trail else trail
    for name in reversed(before):
        if build(turn.draft, turn.state.material, Asked(name)) is not None:
            return [(ev.Moved, {"to": name})]
    raise WrongError("", "there is no question before this one", "")


def _skip(turn: _Turn, _command: cmd.Skip) -> list[New]:
    now = turn.context().question
    if turn.draft.investigation is None:
        raise WrongError("", "nothing can go on without the problem", "state it, or `:quit`: all is kept")
    if now.kind == "review":
        raise WrongError("", "there is nothing after the review", "`:finish`, or `:quit`: all is kept")
    first = next_asked(turn.draft)
    if turn.draft.cursor and (first is None or first.id != now.id):
        return [(ev.Moved, {"to": ""})]
    return [(ev.Skipped, {"key": now.key})]


def _unknown(turn: _Turn, command: cmd.Unknown) -> list[New]:
    context = turn.context()
    if context.question.kind != "why":
        raise WrongError("", "only a why can be unknown", "`:skip` leaves a question open")
    values = {f.name: f.value for f in context.question.fields}
    tried = tidy("answer", "What was tried", command.text, LONG, lines=True)
    values |= {"answer": tried or values["answer"] or "unknown", "status": "unknown", "next": "", "level": ""}
    return take(context, values)


def _target(turn: _Turn, named: str) -> Why:
    """The why that a command is about: the one that is named, the one that is open, the one that was answered last."""
    tree = turn.draft.tree
    if named:
        why = tree.by_id.get(named.strip().removeprefix("why:"))
        if why is None:
            raise WrongError(
                "why", f"there is no why {one_line(named, 40)!r}", f"there are {', '.join(list(tree.by_id)[:20]) or 'none yet'}"
            )
        return why
    now = turn.question.id if turn.question else ""
    for name in (now, *reversed(turn.draft.trail)):
        kind, _, wid = name.partition(":")
        if kind in {"why", "next", "edge"} and wid in tree.by_id:
            return tree.by_id[wid]
    raise WrongError("why", "no why is answered yet", "answer it first; evidence can be given with the answer")


def _attach(turn: _Turn, command: cmd.Attach) -> list[New]:
    context = turn.context()
    why = _target(turn, command.why)
    found = evidence_of(context, tidy("evidence", "Evidence", command.ref, LONG, lines=True), ())
    if not found:
        raise WrongError("evidence", "the reference is empty", "a number of the list, or a reference such as src/app.py:12@3fa9c1d")
    new: list[New] = []
    known = {(part.kind, part.ref): part for part in why.evidence}
    for part in found:
        known[part.kind, part.ref] = part
        status = _status(why, tuple(known.values()), turn.kind)
        new.append((ev.EvidenceAttached, {"id": why.id, "evidence": part, "status": status}))
    return new


def _detach(turn: _Turn, command: cmd.Detach) -> list[New]:
    why = _target(turn, command.why)
    ref = tidy("evidence", "Evidence", command.ref, LONG, lines=False)
    wanted = parse_ref(ref)
    name = ref if isinstance(wanted, str) else wanted.ref
    part = next((part for part in why.evidence if part.ref == name), None)
    if part is None:
        raise WrongError("evidence", f"why {why.id} has no evidence {one_line(ref, 60)!r}", "")
    kept = tuple(other for other in why.evidence if other is not part)
    return [(ev.EvidenceDetached, {"id": why.id, "kind": part.kind, "ref": part.ref, "status": _status(why, kept, turn.kind)})]


def _status(why: Why, evidence: tuple[Any, ...], kind: AuthorKind) -> str:
    """The status of a why after its evidence changed: one that somebody chose stays, but nothing is supported by nothing."""
    if why.status in {"refuted", "unknown"}:
        return why.status
    agent = "agent" in {kind, why.author_kind} and not why.confirmed_by
    return settled("", evidence, "agent" if agent else "human")


def _branch(turn: _Turn, command: cmd.Branch) -> list[New]:
    return [beside(turn.draft, _target(turn, command.why))]


def _confirm(turn: _Turn, command: cmd.Confirm) -> list[New]:
    why = _target(turn, command.why)
    if turn.kind != "human":
        raise WrongError("author", "only a person confirms an answer", "a green run does as well")
    if not any(part.state == "found" and part.kind != "url" for part in why.evidence):
        raise WrongError(
            "evidence",
            f"nothing that why {why.id} rests on was found when it was looked up",
            "attach evidence that can be found, then confirm",
        )
    return [(ev.Confirmed, {"id": why.id, "by": turn.author or "a person"})]


_ALIASES = {"actions": "action:new", "lessons": "lesson:new", "cause": "root_cause", "root cause": "root_cause", "end": "review"}


def _goto(turn: _Turn, command: cmd.Goto | cmd.Edit) -> list[New]:
    name = one_line(command.id, 100).lower()
    name = _ALIASES.get(name, name)
    if re.fullmatch(r"\d{1,9}(\.\d{1,9}){0,60}", name):
        name = f"why:{name}"
    leg = next((leg for leg in LEGS if name == f"leg:{leg}"), None)
    if leg is not None:
        return _to_leg(turn, leg)
    if name.endswith(":new"):
        kind = name.partition(":")[0]
        name = f"{kind}:{len(turn.draft.actions if kind == 'action' else turn.draft.lessons) + 1}"
    if build(turn.draft, turn.state.material, Asked(name)) is None:
        raise WrongError(
            "",
            f"there is no question {one_line(command.id, 60)!r} now",
            "name a why (1.2), facts, root_cause, prediction, clusters, fix, action:1, review",
        )
    return [(ev.Moved, {"to": name})]


def _to_leg(turn: _Turn, leg: Leg) -> list[New]:
    """To the first question of a leg; one that was skipped is opened again."""
    known = [why.id for why in turn.draft.tree.live(leg)] + [entry.id for entry in turn.draft.pending if entry.leg == leg]
    wid = known[0] if known else next_id(turn.draft, None)
    opened: list[New] = [] if known else [(ev.BranchOpened, {"id": wid, "parent": None, "leg": leg})]
    return [*opened, (ev.Moved, {"to": f"why:{wid}"})]


def _undo(turn: _Turn, _command: cmd.Undo) -> list[New]:
    steps = list(live_steps(turn.state.events))
    if not steps:
        raise WrongError("", "there is nothing to undo", "")
    return [(ev.Undone, {"of": steps[-1]})]


def _redo(turn: _Turn, _command: cmd.Redo) -> list[New]:
    steps = list(undone_steps(turn.state.events))
    if not steps:
        raise WrongError("", "there is nothing to redo", "")
    return [(ev.Redone, {"of": steps[-1]})]


def _override(turn: _Turn, command: cmd.SetAside) -> list[New]:
    number = command.rule.strip()
    rule = RULES.get(int(number)) if number.isascii() and number.isdecimal() and len(number) < 6 else None
    if rule is None:
        raise WrongError("rule", f"there is no rule {one_line(number, 20)!r}", f"the rules are 1 to {len(RULES)}")
    if turn.kind != "human":
        raise WrongError("author", "only a person sets a rule aside", "leave the question open, and say in the review why")
    if turn.draft.investigation is None:
        raise WrongError("", "there is no investigation yet", "state the problem first")
    reason = tidy("reason", "The reason", command.reason, LONG, lines=True)
    now = turn.question.id if turn.question else "review"
    where = one_line(command.where, 100) or ("" if now == "review" else now)
    against = [finding for finding in review(turn.state) if finding.rule == rule.number]
    if not any(where in {"", finding.where} for finding in against):
        places = ", ".join(dict.fromkeys(finding.where for finding in against))
        raise WrongError(
            "rule",
            f"rule {rule.number} finds nothing {f'at {where}' if where else 'here'}",
            f"it stands at {one_line(places, 200)}; name the place: `:override {rule.number}@{against[0].where} REASON`" if against else "",
        )
    return [(ev.Overridden, {"rule": rule.number, "where": where, "reason": reason})]


def _finish(turn: _Turn, _command: cmd.Finish) -> list[New]:
    own: Investigation | None = turn.draft.investigation
    if own is None:
        raise WrongError("", "there is no investigation yet", "state the problem first")
    if turn.draft.finished:
        raise WrongError("", "the investigation is finished already", "")
    from rca.whys.rules.checks import open_errors

    errors = open_errors(review(turn.state))
    if errors:
        raise _RefusedError(errors)
    return [(ev.Finished, {})]


def _view(_turn: _Turn, command: cmd.View) -> list[New]:
    raise WrongError("", f"{one_line(command.name, 20)!r} is shown by the program around the engine", "")


_CARRY_OUT: dict[type[Any], Callable[[_Turn, Any], list[New]]] = {
    cmd.Answer: _answer,
    cmd.Back: _back,
    cmd.Skip: _skip,
    cmd.Unknown: _unknown,
    cmd.Attach: _attach,
    cmd.Detach: _detach,
    cmd.Branch: _branch,
    cmd.Goto: _goto,
    cmd.Edit: _goto,
    cmd.Undo: _undo,
    cmd.Redo: _redo,
    cmd.Confirm: _confirm,
    cmd.SetAside: _override,
    cmd.Finish: _finish,
    cmd.View: _view,
}
