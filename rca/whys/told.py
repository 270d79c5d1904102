"""What a command did, in a line: nobody has to guess what was taken back, attached or left open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rca.model import Evidence
from rca.text.clean import one_line
from rca.text.refs import show_ref
from rca.whys import events as ev
from rca.whys.engine import Outcome

SHOWN = 200


def told(outcome: Outcome) -> list[str]:
    """What came of a command that is not to be seen in the next question."""
    lines = []
    for event in outcome.events:
        tell = _TELL.get(type(event))
        line = tell(event, outcome) if tell else ""
        lines += [line] if line else []
    return lines


def _undone(event: ev.Undone, outcome: Outcome) -> str:
    return f"taken back: {_of_step(event.of, outcome)}; `:redo` takes it again"


def _redone(event: ev.Redone, outcome: Outcome) -> str:
    return f"taken again: {_of_step(event.of, outcome)}"


def _of_step(step: int, outcome: Outcome) -> str:
    """What a step was, by its first event."""
    event = next((one for one in outcome.state.events if one.step == step), None)
    name = _NAMED.get(type(event))
    return name(event) if name else f"step {step:,}"


def _answered(event: ev.WhyAnswered | ev.WhyEdited, _outcome: Outcome) -> str:
    """How an answer stands, and what of its evidence nobody could look up. What was not found, a rule says."""
    open_ones = [part for part in event.evidence if part.state == "not looked up"]
    more = f"; not looked up: {_refs(*open_ones)}" if open_ones else ""
    return f"why {event.id}: {event.status}{more}"


def _attached(event: ev.EvidenceAttached, _outcome: Outcome) -> str:
    part = event.evidence
    said = f": {part.excerpt if part.state == 'found' else part.reason}" if part.excerpt or part.reason else ""
    return one_line(f"why {event.id}: {show_ref(part)} is attached, {part.state}{said}", SHOWN)


def _detached(event: ev.EvidenceDetached, _outcome: Outcome) -> str:
    return one_line(f"why {event.id}: {event.ref} is taken away; {event.status} now", SHOWN)


def _refs(*parts: Evidence) -> str:
    return one_line(", ".join(map(show_ref, parts)), SHOWN)


def _skipped(event: ev.Skipped, _outcome: Outcome) -> str:
    """Nothing for what may be left out for good."""
    optional = event.key in {"fix", "actions", "lessons"} or event.key.startswith("action for lesson")
    return "" if optional else f"{event.key} is left open; the review comes back to it"


def _taken_out(event: ev.ActionTaken | ev.LessonLearnt, _outcome: Outcome) -> str:
    kind = "action" if isinstance(event, ev.ActionTaken) else "lesson"
    gone = (event.action if isinstance(event, ev.ActionTaken) else event.lesson) is None
    return f"{kind} {event.number} is taken out" if gone else ""


_TELL: dict[type[Any], Callable[[Any, Outcome], str]] = {
    ev.Undone: _undone,
    ev.Redone: _redone,
    ev.WhyAnswered: _answered,
    ev.WhyEdited: _answered,
    ev.EvidenceAttached: _attached,
    ev.EvidenceDetached: _detached,
    ev.Confirmed: lambda event, _: f"why {event.id} is confirmed by {event.by}",
    ev.Overridden: lambda event, _: f"rule {event.rule} is set aside{f' at {event.where}' if event.where else ''}: {event.reason}",
    ev.Skipped: _skipped,
    ev.ActionTaken: _taken_out,
    ev.LessonLearnt: _taken_out,
}

_NAMED: dict[type[Any], Callable[[Any], str]] = {
    ev.Opened: lambda _: "the problem",
    ev.FactsConfirmed: lambda _: "the facts",
    ev.WhyAnswered: lambda event: f"the answer to why {event.id}",
    ev.WhyEdited: lambda event: f"the change of why {event.id}",
    ev.EvidenceAttached: lambda event: f"{_refs(event.evidence)} at why {event.id}",
    ev.EvidenceDetached: lambda event: f"that {one_line(event.ref, SHOWN)} was taken from why {event.id}",
    ev.BranchOpened: lambda event: f"why {event.id}, which was opened",
    ev.EdgeRead: lambda event: f"the reading back of why {event.id}",
    ev.LeafMarked: lambda event: f"that the chain ends at why {event.id}",
    ev.Confirmed: lambda event: f"that why {event.id} was confirmed",
    ev.RootCauseStated: lambda _: "the root cause",
    ev.PredictionMade: lambda _: "the prediction",
    ev.ClustersMapped: lambda _: "the places of the clusters",
    ev.FixNamed: lambda _: "the fix",
    ev.ActionTaken: lambda event: f"action {event.number}",
    ev.LessonLearnt: lambda event: f"lesson {event.number}",
    ev.Overridden: lambda event: f"that rule {event.rule} was set aside{f' at {event.where}' if event.where else ''}",
    ev.Skipped: lambda event: f"that {event.key} was left open",
    ev.Finished: lambda _: "the end",
}
