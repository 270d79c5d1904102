"""Which question comes next: the first one in the order of the session that is open."""

from __future__ import annotations

from collections.abc import Iterator

from rca.model import Why
from rca.whys.draft import Draft, next_id
from rca.whys.forms import Asked, open_leg
from rca.whys.rules.tree import LEGS

REVIEW = Asked("review")


def next_asked(draft: Draft) -> Asked | None:
    """The question that is open first; None when the investigation is finished."""
    if draft.finished:
        return None
    return next((asked for asked in _open(draft) if asked.id not in draft.skipped), REVIEW)


def _open(draft: Draft) -> Iterator[Asked]:
    investigation = draft.investigation
    if investigation is None:
        yield Asked("problem")
        return
    if not draft.facts:
        yield Asked("facts")
    yield from _tree(draft)
    yield from _read_back(draft)
    if investigation.root_cause is None:
        yield Asked("root_cause")
    if investigation.prediction is None:
        yield Asked("prediction")
    if not investigation.mapping:
        yield Asked("clusters")
    if draft.fix is None:
        yield Asked("fix")
    yield from _actions(draft)


def _tree(draft: Draft) -> Iterator[Asked]:
    """Leg by leg: what was opened and has no answer, then what was answered and neither goes on nor ends."""
    for leg in LEGS:
        yield from (Asked(f"why:{entry.id}") for entry in draft.pending if entry.leg == leg)
        undecided = [why for why in draft.tree.leaves(leg) if not why.leaf]
        yield from (Asked(f"next:{why.id}") for why in reversed(undecided))
        if open_leg(draft) == leg:
            yield Asked(f"why:{next_id(draft, None)}")


def _read_back(draft: Draft) -> Iterator[Asked]:
    """Upwards: the lowest whys first. A step that does not hold opens the why again."""
    tree = draft.tree

    def height(why: Why) -> int:
        return -tree.depth.get(why.id, 0)

    for leg in LEGS:
        for why in sorted(tree.live(leg), key=height):
            if why.status == "unknown" or why.read_back == "yes":
                continue
            yield Asked(f"why:{why.id}" if why.read_back == "no" else f"edge:{why.id}")


def _actions(draft: Draft) -> Iterator[Asked]:
    """One action for each end within control and for each thing that went badly, then as many as there are; lessons likewise."""
    answered = {action.cause for action in draft.actions}
    new = f"action:{len(draft.actions) + 1}"
    needed = [why.id for why in draft.tree.leaves() if why.leaf == "within control" and why.id not in answered]
    yield from (Asked(new, about) for about in needed if f"action for {about}" not in draft.skipped)
    if "actions" not in draft.skipped:
        yield Asked(new)
    if "lessons" not in draft.skipped:
        yield Asked(f"lesson:{len(draft.lessons) + 1}")
    bad = [f"lesson {number}" for number, lesson in enumerate(draft.lessons, 1) if lesson.kind == "went badly"]
    yield from (Asked(new, about) for about in bad if about not in answered and f"action for {about}" not in draft.skipped)
