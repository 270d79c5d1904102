"""What the events of a session come to. Events that fit nothing, as a damaged journal may hold them, change nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from rca.model import Action, Fix, Investigation, Leg, Lesson, Override, Prediction, TimelineEvent, Why
from rca.whys import events as ev
from rca.whys.ground import Ground
from rca.whys.rules.tree import Tree, question_of


class Pending(NamedTuple):
    """A why that was opened and has no answer yet."""

    id: str
    parent: str | None
    leg: Leg


@dataclass(frozen=True)
class Draft:
    """The investigation and what goes with it, as far as it was answered.

    pending: questions that were opened. skipped: keys of questions that were left open. trail: questions that were answered, in
    order. cursor: the question somebody went to; empty: the first open one.
    """

    investigation: Investigation | None = None
    facts: bool = False
    timeline: tuple[TimelineEvent, ...] = ()
    fix: Fix | None = None
    actions: tuple[Action, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    pending: tuple[Pending, ...] = ()
    skipped: frozenset[str] = frozenset()
    trail: tuple[str, ...] = ()
    cursor: str = ""

    @property
    def tree(self) -> Tree:
        """The whys by their places."""
        return Tree(self.investigation or Investigation(id="", problem=""))

    @property
    def finished(self) -> bool:
        """Whether it was written as finished, and nothing changed since."""
        return self.investigation is not None and self.investigation.finished_at is not None


def next_id(draft: Draft, parent: str | None) -> str:
    """The id of one more why below `parent`."""
    whys = draft.investigation.whys if draft.investigation else ()
    taken = [why.id for why in whys if why.parent == parent] + [entry.id for entry in draft.pending if entry.parent == parent]
    last = max((int(wid.rpartition(".")[2]) for wid in taken if wid.rpartition(".")[2].isdecimal()), default=0)
    return f"{parent}.{last + 1}" if parent else str(last + 1)


def fold(events: Sequence[ev.Event], ground: Ground) -> Draft:
    """What all events come to, from the first to the last."""
    live = live_steps(events)
    turned = max((place for place, event in enumerate(events) if isinstance(event, ev.Undone | ev.Redone)), default=-1)
    draft = Draft()
    for place, event in enumerate(events):
        if place > turned if isinstance(event, ev.Moved) else event.step in live or isinstance(event, ev.Rechecked):
            draft = apply_event(draft, event, ground)
    return draft


def live_steps(events: Sequence[ev.Event]) -> dict[int, None]:
    """The steps that hold, in order; those that only moved are none."""
    return _steps(events)[0]


def undone_steps(events: Sequence[ev.Event]) -> dict[int, None]:
    """The steps that were undone and can be redone, the one undone last at the end."""
    return _steps(events)[1]


def _steps(events: Sequence[ev.Event]) -> tuple[dict[int, None], dict[int, None]]:
    live: dict[int, None] = {}
    undone: dict[int, None] = {}
    for event in events:
        if isinstance(event, ev.Moved | ev.Rechecked):
            continue
        source, target = (live, undone) if isinstance(event, ev.Undone) else (undone, live)
        if isinstance(event, ev.Undone | ev.Redone):
            if event.of in source:
                del source[event.of]
                target[event.of] = None
        else:
            live[event.step] = None
            undone.clear()
    return live, undone


def apply_event(draft: Draft, event: ev.Event, ground: Ground) -> Draft:
    """The draft after an event; `undone` and `redone` are not for here."""
    if isinstance(event, ev.Moved):
        return replace(draft, cursor=event.to)
    if isinstance(event, ev.Rechecked):
        return _rechecked(draft, event)
    if isinstance(event, ev.Undone | ev.Redone):
        return draft
    if isinstance(event, ev.Opened):
        draft = _opened(draft, event)
    elif draft.investigation is not None:
        draft = _APPLY[type(event)](draft, event, ground)
        if draft.finished and not isinstance(event, ev.Finished):
            draft = _changed(draft, finished_at=None)
    if event.question:
        draft = replace(draft, trail=(*(name for name in draft.trail if name != event.question), event.question))
    return replace(draft, cursor="")


def _changed(draft: Draft, **changes: Any) -> Draft:
    assert draft.investigation is not None  # noqa: S101 -- events before the first `opened` are not applied
    return replace(draft, investigation=draft.investigation.model_copy(update=changes))


def _whys(draft: Draft) -> tuple[Why, ...]:
    return draft.investigation.whys if draft.investigation else ()


def _on_why(draft: Draft, wid: str, change: Callable[[Why], dict[str, Any]]) -> Draft:
    """Change one why; nothing when it is not here."""
    return _changed(draft, whys=tuple(why.model_copy(update=change(why)) if why.id == wid else why for why in _whys(draft)))


def _opened(draft: Draft, event: ev.Opened) -> Draft:
    facts = {"problem": event.problem, "clusters": event.clusters, "run": event.run}
    if draft.investigation is None:
        return replace(draft, investigation=Investigation(id=event.investigation, author=event.author, **facts))
    changed = event.problem != draft.investigation.problem
    draft = _changed(draft, finished_at=None, **facts)
    return _asked_anew(draft, None) if changed else draft


def _asked_anew(draft: Draft, parent: str | None) -> Draft:
    """After another answer: the questions below it are generated anew, and its steps must be read back again."""
    tree = draft.tree
    above = tree.by_id.get(parent) if parent else None

    def anew(why: Why) -> Why:
        if why.parent != parent:
            return why.model_copy(update={"read_back": "", "condition": ""}) if why.id == parent else why
        return why.model_copy(update={"question": question_of(why.leg, above, tree), "read_back": "", "condition": ""})

    return _changed(draft, whys=tuple(map(anew, _whys(draft))))


def _facts(draft: Draft, event: ev.FactsConfirmed, _ground: Ground) -> Draft:
    return replace(_changed(draft, impact=event.impact, severity=event.severity), facts=True, timeline=event.timeline)


def _why(draft: Draft, event: ev.WhyAnswered, _ground: Ground) -> Draft:
    if event.id in draft.tree.by_id or (event.parent and event.parent not in draft.tree.by_id):
        return draft
    why = Why(
        id=event.id,
        parent=event.parent,
        leg=event.leg,
        question=event.asked,
        answer=event.answer,
        status=event.status,
        confidence=event.confidence,
        evidence=event.evidence,
        author=event.author,
        author_kind=event.author_kind,
    )
    # One more condition was named: those beside it that lacked one are read back again, and the one above is no end any more.
    whys = [
        old.model_copy(update={"read_back": ""})
        if old.parent == event.parent and old.read_back == "needs condition"
        else old.model_copy(update={"leaf": "", "level": ""})
        if old.id == event.parent
        else old
        for old in _whys(draft)
    ]
    pending = tuple(entry for entry in draft.pending if entry.id != event.id)
    return replace(_changed(draft, whys=(*whys, why)), pending=pending)


def _edited(draft: Draft, event: ev.WhyEdited, _ground: Ground) -> Draft:
    old = draft.tree.by_id.get(event.id)
    if old is None:
        return draft
    facts = {"answer": event.answer, "status": event.status, "confidence": event.confidence, "evidence": event.evidence}
    facts |= {"author": event.author, "author_kind": event.author_kind, "confirmed_by": ""}
    draft = _on_why(draft, event.id, lambda _: facts)
    if old.answer != event.answer or old.read_back == "no":
        draft = _asked_anew(draft, event.id)
    return draft


def _attached(draft: Draft, event: ev.EvidenceAttached, _ground: Ground) -> Draft:
    def change(why: Why) -> dict[str, Any]:
        kept = [part for part in why.evidence if (part.kind, part.ref) != (event.evidence.kind, event.evidence.ref)]
        return {"evidence": (*kept, event.evidence), "status": event.status}

    return _on_why(draft, event.id, change)


def _rechecked(draft: Draft, event: ev.Rechecked) -> Draft:
    def change(why: Why) -> dict[str, Any]:
        key = (event.evidence.kind, event.evidence.ref)
        if not any((part.kind, part.ref) == key for part in why.evidence):
            return {}
        parts = tuple(event.evidence if (part.kind, part.ref) == key else part for part in why.evidence)
        return {"evidence": parts, "status": event.status if why.status in {"supported", "hypothesis"} else why.status}

    return _on_why(draft, event.id, change) if draft.investigation else draft


def _detached(draft: Draft, event: ev.EvidenceDetached, _ground: Ground) -> Draft:
    def change(why: Why) -> dict[str, Any]:
        kept = tuple(part for part in why.evidence if (part.kind, part.ref) != (event.kind, event.ref))
        return {"evidence": kept, "status": event.status}

    return _on_why(draft, event.id, change)


def _branch(draft: Draft, event: ev.BranchOpened, _ground: Ground) -> Draft:
    known = draft.tree.by_id
    if event.id in known or (event.parent and event.parent not in known) or any(entry.id == event.id for entry in draft.pending):
        return draft
    draft = _on_why(draft, event.parent, lambda _: {"leaf": "", "level": ""}) if event.parent else draft
    skipped = draft.skipped - {f"why:{event.id}"}
    return replace(draft, pending=(*draft.pending, Pending(event.id, event.parent, event.leg)), skipped=skipped)


def _edge(draft: Draft, event: ev.EdgeRead, _ground: Ground) -> Draft:
    return _on_why(draft, event.id, lambda _: {"read_back": event.verdict, "condition": event.condition})


def _leaf(draft: Draft, event: ev.LeafMarked, _ground: Ground) -> Draft:
    return _on_why(draft, event.id, lambda _: {"leaf": event.mark, "level": event.level})


def _confirmed(draft: Draft, event: ev.Confirmed, _ground: Ground) -> Draft:
    return _on_why(
        draft, event.id, lambda why: {"confirmed_by": event.by, "status": "supported" if why.status == "hypothesis" else why.status}
    )


def _root_cause(draft: Draft, event: ev.RootCauseStated, _ground: Ground) -> Draft:
    return _changed(draft, root_cause=event.cause)


def _prediction(draft: Draft, event: ev.PredictionMade, ground: Ground) -> Draft:
    made = Prediction(
        failure_text=event.failure_text,
        turns_green=_cases(event.turns_green, ground),
        stays_red=_cases(event.stays_red, ground),
    )
    return _changed(draft, prediction=made)


def _cases(names: Sequence[str], ground: Ground) -> tuple[str, ...]:
    """Ids of clusters made into those of their cases."""
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(ground.clusters[name].cases if name in ground.clusters else (name,)))
    return tuple(found)


def _mapped(draft: Draft, event: ev.ClustersMapped, _ground: Ground) -> Draft:
    return _changed(draft, mapping=event.mapping)


def _fix(draft: Draft, event: ev.FixNamed, _ground: Ground) -> Draft:
    return replace(draft, fix=event.fix)


def _action(draft: Draft, event: ev.ActionTaken, _ground: Ground) -> Draft:
    return replace(draft, actions=_numbered(draft.actions, event.number, event.action))


def _lesson(draft: Draft, event: ev.LessonLearnt, _ground: Ground) -> Draft:
    return replace(draft, lessons=_numbered(draft.lessons, event.number, event.lesson))


def _numbered(entries: tuple[Any, ...], number: int, entry: object) -> tuple[Any, ...]:
    """Put an entry in place of that number, behind all when there is none, or take it out."""
    new = () if entry is None else (entry,)
    return (*entries[: number - 1], *new, *entries[number:])


def _override(draft: Draft, event: ev.Overridden, _ground: Ground) -> Draft:
    investigation = draft.investigation
    old = investigation.overrides if investigation else ()
    kept = tuple(entry for entry in old if (entry.rule, entry.where) != (event.rule, event.where))
    new = (Override(rule=event.rule, where=event.where, reason=event.reason, author=event.author),) if event.reason else ()
    return _changed(draft, overrides=(*kept, *new))


def _skipped(draft: Draft, event: ev.Skipped, _ground: Ground) -> Draft:
    pending = tuple(entry for entry in draft.pending if f"why:{entry.id}" != event.key)
    return replace(draft, skipped=draft.skipped | {event.key}, pending=pending)


def _finished(draft: Draft, event: ev.Finished, _ground: Ground) -> Draft:
    return _changed(draft, finished_at=event.at)


_APPLY: dict[type[ev.Base], Callable[[Draft, Any, Ground], Draft]] = {
    ev.FactsConfirmed: _facts,
    ev.WhyAnswered: _why,
    ev.WhyEdited: _edited,
    ev.EvidenceAttached: _attached,
    ev.EvidenceDetached: _detached,
    ev.BranchOpened: _branch,
    ev.EdgeRead: _edge,
    ev.LeafMarked: _leaf,
    ev.Confirmed: _confirmed,
    ev.RootCauseStated: _root_cause,
    ev.PredictionMade: _prediction,
    ev.ClustersMapped: _mapped,
    ev.FixNamed: _fix,
    ev.ActionTaken: _action,
    ev.LessonLearnt: _lesson,
    ev.Overridden: _override,
    ev.Skipped: _skipped,
    ev.Finished: _finished,
}
