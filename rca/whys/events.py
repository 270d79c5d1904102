"""What happened in a session, as typed events: enough to build everything again, and nothing is ever removed."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from rca.model import (
    Action,
    AuthorKind,
    Confidence,
    Evidence,
    EvidenceKind,
    Fix,
    LeafMark,
    Leg,
    Lesson,
    Level,
    Mapped,
    ReadBack,
    RootCause,
    TimelineEvent,
    WhyStatus,
)
from rca.model.base import Model, Moment


class Base(Model):
    """What every event says: its number, the step that it belongs to, when and by whom, and the question that it answers.

    One answer may give several events. They share a step, and are undone together.
    """

    seq: int = Field(ge=1)
    step: int = Field(ge=1, description="Number of the first event of the same answer.")
    at: Moment
    author: str = ""
    author_kind: AuthorKind = "human"
    question: str = Field(default="", description="Id of the question that it answers.")


class Opened(Base):
    """The problem was stated; a later one states it anew."""

    type: Literal["opened"] = "opened"
    investigation: str
    problem: str
    clusters: tuple[str, ...] = ()
    run: str = ""


class FactsConfirmed(Base):
    """What happened when, what it means for users, how bad it is."""

    type: Literal["facts"] = "facts"
    timeline: tuple[TimelineEvent, ...] = ()
    impact: str = ""
    severity: str = ""


class WhyAnswered(Base):
    """A why got its first answer."""

    type: Literal["why"] = "why"
    id: str
    parent: str | None = None
    leg: Leg = "occurrence"
    asked: str = Field(description="The question as it was asked.")
    answer: str
    status: WhyStatus = "hypothesis"
    confidence: Confidence | Literal[""] = ""
    evidence: tuple[Evidence, ...] = ()


class WhyEdited(Base):
    """A why got another answer; it and what follows from it must be read back anew."""

    type: Literal["edited"] = "edited"
    id: str
    answer: str
    status: WhyStatus = "hypothesis"
    confidence: Confidence | Literal[""] = ""
    evidence: tuple[Evidence, ...] = ()


class EvidenceAttached(Base):
    """A why got another piece of evidence, or the same one was looked up again."""

    type: Literal["attached"] = "attached"
    id: str
    evidence: Evidence
    status: WhyStatus = "hypothesis"


class EvidenceDetached(Base):
    """A piece of evidence was taken from a why."""

    type: Literal["detached"] = "detached"
    id: str
    kind: EvidenceKind
    ref: str
    status: WhyStatus = "hypothesis"


class BranchOpened(Base):
    """A further question was opened: below `parent`, or at the top of a leg."""

    type: Literal["branch"] = "branch"
    id: str
    parent: str | None = None
    leg: Leg = "occurrence"


class EdgeRead(Base):
    """Read upwards: does the parent follow from this why?"""

    type: Literal["edge"] = "edge"
    id: str
    verdict: ReadBack
    condition: str = ""


class LeafMarked(Base):
    """A chain ends here; an empty mark takes the end back."""

    type: Literal["leaf"] = "leaf"
    id: str
    mark: LeafMark
    level: Level = ""


class Confirmed(Base):
    """A person or a green run confirmed an answer that an agent gave."""

    type: Literal["confirmed"] = "confirmed"
    id: str
    by: str


class RootCauseStated(Base):
    """The one statement of the cause."""

    type: Literal["root_cause"] = "root_cause"
    cause: RootCause


class PredictionMade(Base):
    """What the root cause foretells; `turns_green` and `stays_red` hold ids of clusters or of cases."""

    type: Literal["prediction"] = "prediction"
    failure_text: str
    turns_green: tuple[str, ...] = ()
    stays_red: tuple[str, ...] = ()


class ClustersMapped(Base):
    """What each failing cluster has to do with this."""

    type: Literal["mapped"] = "mapped"
    mapping: tuple[Mapped, ...]


class FixNamed(Base):
    """What was changed."""

    type: Literal["fix"] = "fix"
    fix: Fix


class ActionTaken(Base):
    """An action with its number; None takes it out."""

    type: Literal["action"] = "action"
    number: int = Field(ge=1)
    action: Action | None


class LessonLearnt(Base):
    """A lesson with its number; None takes it out."""

    type: Literal["lesson"] = "lesson"
    number: int = Field(ge=1)
    lesson: Lesson | None


class Overridden(Base):
    """A rule was set aside, for one place or (empty) for all; an empty reason takes that back."""

    type: Literal["override"] = "override"
    rule: int = Field(ge=1)
    where: str = ""
    reason: str


class Skipped(Base):
    """A question was left open."""

    type: Literal["skipped"] = "skipped"
    key: str


class Rechecked(Base):
    """Evidence was looked up again and is not what it was, or is so again. It is no content, so it is not undone."""

    type: Literal["rechecked"] = "rechecked"
    id: str
    evidence: Evidence
    status: WhyStatus = "hypothesis"


class Moved(Base):
    """Somebody went to a question out of its turn; empty: back to the first open one. It is no content, so it is not undone."""

    type: Literal["moved"] = "moved"
    to: str = ""


class Finished(Base):
    """The investigation was written as finished."""

    type: Literal["finished"] = "finished"


class Undone(Base):
    """The events of one step were taken back."""

    type: Literal["undone"] = "undone"
    of: int = Field(ge=1, description="The step.")


class Redone(Base):
    """The events of a step that was undone hold again."""

    type: Literal["redone"] = "redone"
    of: int = Field(ge=1, description="The step.")


Event = (
    Opened
    | FactsConfirmed
    | WhyAnswered
    | WhyEdited
    | EvidenceAttached
    | EvidenceDetached
    | BranchOpened
    | EdgeRead
    | LeafMarked
    | Confirmed
    | RootCauseStated
    | PredictionMade
    | ClustersMapped
    | FixNamed
    | ActionTaken
    | LessonLearnt
    | Overridden
    | Skipped
    | Rechecked
    | Moved
    | Finished
    | Undone
    | Redone
)


@cache
def adapter() -> TypeAdapter[Event]:
    """What reads and writes events; made when the first one is, since it takes its time."""
    return TypeAdapter(Annotated[Event, Field(discriminator="type")])


def read_event(line: str | bytes) -> Event:
    """Read an event from one line of JSON. Raises pydantic.ValidationError, a ValueError, when it is none."""
    return adapter().validate_json(line)


def write_event(event: Event) -> str:
    """Write an event as one line of JSON, without its line end."""
    return adapter().dump_json(event).decode("utf-8")
