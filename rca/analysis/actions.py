"""The actions of a worklog: which are open and since when they are due, and how one is closed or opened again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rca.errors import RcaError
from rca.model import Action, ActionMark, Worklog
from rca.text.clean import one_line
from rca.text.figures import count


class ActionError(RcaError):
    """An action cannot be closed or opened again as it was asked for."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An action of a worklog.

    number: as in its face, from 1. cause: what it answers, in words. days: until it is due, below 0 when it is overdue; None without
    a day. zone: of the worklog.
    """

    worklog: str
    number: int
    action: Action
    cause: str
    days: int | None
    zone: dt.tzinfo

    @property
    def overdue(self) -> bool:
        """Whether it is open, and should have been done."""
        return not self.action.done and self.days is not None and self.days < 0


def listed(worklog: Worklog, now: dt.datetime) -> list[Listed]:
    """The actions of a worklog in the order of its face; a day begins when it does in the worklog's zone."""
    causes, zone = _Causes(worklog), ZoneInfo(worklog.time_zone)
    today = now.astimezone(zone).date()
    return [
        Listed(worklog.id, number, action, causes.of(action), (action.due - today).days if action.due else None, zone)
        for number, action in enumerate(worklog.actions, 1)
    ]


def urgent(actions: Sequence[Listed]) -> list[Listed]:
    """What is due first comes first, what is due on no day comes last; equal ones in their order."""
    return sorted(actions, key=lambda one: (one.action.due is None, one.action.due or dt.date.max))


@dataclass(frozen=True, slots=True)
class Marked:
    """Actions that were closed or opened again, by their numbers; and those that were so already."""

    worklog: Worklog
    changed: tuple[int, ...]
    already: tuple[int, ...]


def mark(worklog: Worklog, numbers: Sequence[int], how: ActionMark) -> Marked:
    """Close actions, or open them again; one that is so already stays as it is. Raises ActionError when there is no such action."""
    have = len(worklog.actions)
    for number in numbers:
        if not 1 <= number <= have:
            there = f"they are numbered from 1 to {have:,}: `rca actions --state all` shows them" if have else "they come from `rca whys`"
            raise ActionError(f"{worklog.id} has no action {number:,}, it has {count(have, 'action')}", there)
    wanted = sorted(set(numbers))
    changed = tuple(number for number in wanted if worklog.actions[number - 1].done != how.done)
    actions = list(worklog.actions)
    for number in changed:
        action = actions[number - 1]
        actions[number - 1] = action.model_copy(update={"done": how.done, "history": (*action.history, how)})
    already = tuple(number for number in wanted if number not in changed)
    return Marked(worklog.model_copy(update={"actions": tuple(actions)}) if changed else worklog, changed, already)


class _Causes:
    """What actions answer, in words."""

    def __init__(self, worklog: Worklog) -> None:
        self._whys = {(part.id, why.id): why.answer for part in worklog.investigations for why in part.whys}
        self._only = worklog.investigations[0].id if len(worklog.investigations) == 1 else ""
        self._clusters = {cluster.id: cluster.title for cluster in worklog.clusters}
        self._lessons: dict[tuple[str, str], str] = {}
        counted: dict[str, int] = {}
        for lesson in worklog.lessons:
            counted[lesson.investigation] = counted.get(lesson.investigation, 0) + 1
            self._lessons[lesson.investigation, f"lesson {counted[lesson.investigation]}"] = lesson.text

    def of(self, action: Action) -> str:
        """The cause with what it says; the cause alone when the worklog does not hold it."""
        cause = action.cause
        if not cause:
            return ""
        place = (action.investigation or self._only, cause)
        says = self._whys.get(place) or self._clusters.get(cause) or self._lessons.get(place) or ""
        name = f"why {cause}" if cause[:1].isdecimal() else cause
        return f"{name}: {one_line(says, 200)}" if says else name
