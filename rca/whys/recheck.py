"""Evidence that is looked up again: what reads differently now, what is gone, what is back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rca.model import Evidence, Why, WhyStatus
from rca.whys.answers import settled
from rca.whys.engine import State, done
from rca.whys.events import Confirmed, EvidenceAttached, EvidenceDetached, WhyAnswered, WhyEdited

# What was found once; what never was is looked up when somebody attaches it again.
_LOOKED_AT = {"found", "changed", "missing"}


@dataclass(frozen=True, slots=True)
class Change:
    """Evidence of a why that is not what it was. status: what the why is worth with it."""

    why: str
    before: Evidence
    now: Evidence
    status: WhyStatus


def recheck(state: State) -> list[Change]:
    """Look all evidence of a session up again; nothing of one that is finished, which the record holds as it was."""
    own = state.draft.investigation
    return look_again(own.whys, state.material.look_up, _said(state)) if own and not done(state) else []


def look_again(
    whys: Iterable[Why], look_up: Callable[[Sequence[Evidence]], Sequence[Evidence]], said: Mapping[str, WhyStatus] | None = None
) -> list[Change]:
    """Look the evidence of whys up again, all of it in one call; what came of each piece that is not what it was.

    look_up: gives evidence back, in its order, with state and reason. said: the status of each why as it was answered, by its id;
    one that was supported is so again once its evidence is back.
    """
    known = [(why, part) for why in whys for part in why.evidence if part.state == "found" or (part.state in _LOOKED_AT and part.sha256)]
    found = look_up([part for _, part in known]) if known else ()
    parts = {why.id: list(why.evidence) for why, _ in known}
    changes = []
    for (why, part), now in zip(known, found, strict=True):
        if now.state in {part.state, "not looked up"}:
            continue
        # The hash and the text stay those of what was cited.
        after = part.model_copy(update={"state": now.state, "reason": "" if now.state == "found" else now.reason})
        parts[why.id] = [after if one == part else one for one in parts[why.id]]
        changes.append(Change(why.id, part, after, _status(why, tuple(parts[why.id]), (said or {}).get(why.id, why.status))))
    return changes


def _status(why: Why, evidence: tuple[Evidence, ...], said: WhyStatus) -> WhyStatus:
    if said != "supported":
        return why.status
    return settled("", evidence, "agent" if why.author_kind == "agent" and not why.confirmed_by else "human")


def _said(state: State) -> dict[str, WhyStatus]:
    """The status that each why had by its answers, whatever became of its evidence since."""
    found: dict[str, WhyStatus] = {}
    for event in state.events:
        if isinstance(event, WhyAnswered | WhyEdited | EvidenceAttached | EvidenceDetached):
            found[event.id] = event.status
        elif isinstance(event, Confirmed) and found.get(event.id) == "hypothesis":
            found[event.id] = "supported"
    return found
