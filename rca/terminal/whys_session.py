"""A session of the five whys that is kept: each step goes into the journal before anybody sees the next question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rca.archive.journal import Drafts, Journal, Kept, Sessions
from rca.errors import RecordError
from rca.model import AuthorKind, Evidence, Why, Worklog
from rca.text.clean import one_line
from rca.whys import Material, Outcome, Question, State, question, replay, revision, show_ref, step
from rca.whys.answers import settled
from rca.whys.commands import Answer, Command, Unknown
from rca.whys.engine import apply
from rca.whys.events import Event, EvidenceAttached

STALE_TOLD = 10


@dataclass
class Session:
    """Somebody at work on one investigation.

    drafts: what was typed and not accepted, by question and field. notes: what to tell on resuming, in words.
    """

    sessions: Sessions[Event]
    id: str
    state: State
    journal: Journal[Event]
    clock: Callable[[], datetime]
    author: str = ""
    author_kind: AuthorKind = "human"
    drafts: Drafts = field(default_factory=dict)
    requests: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    written: int = 0
    stamp: dict[str, str] | None = None

    @property
    def question(self) -> Question | None:
        """The question that is open; None when the session is finished."""
        return question(self.state)

    @property
    def revision(self) -> int:
        """The number of the last event."""
        return revision(self.state)

    def do(self, command: Command, request: tuple[int, str] | None = None) -> Outcome:
        """Carry out a command. What comes of it is on the disk when this returns. Raises RecordError, and then nothing has changed."""
        asked = self.question
        outcome = step(self.state, command, at=self.clock(), author=self.author, author_kind=self.author_kind)
        if outcome.events:
            self.journal.append(outcome.events, request=request, inputs=self.stamp)
            self.stamp = None
            if request:
                self.requests[request[0]] = request[1]
        self.state = outcome.state
        # What was typed stays until it is answered: whoever goes elsewhere finds it again.
        answered = isinstance(command, Answer | Unknown) and outcome.accepted
        if answered and asked and self.drafts.pop(asked.id, None) is not None:
            self.keep()
        return outcome

    def type(self, key: str, name: str, text: str) -> None:
        """Keep what is being typed into a field of a question."""
        if self.drafts.get(key, {}).get(name, "") != text:
            self.drafts.setdefault(key, {})[name] = text
            self.keep()

    def keep(self) -> None:
        """Put what is being typed beside the journal."""
        self.sessions.keep_draft(self.id, self.drafts)

    def note_changed(self, why: Why, evidence: Evidence) -> None:
        """Journal that a piece of evidence is not what it was; what it supported alone is a hypothesis again."""
        kept = tuple(evidence if (part.kind, part.ref) == (evidence.kind, evidence.ref) else part for part in why.evidence)
        status = settled("", kept, why.author_kind) if why.status == "supported" else why.status
        number = self.revision + 1
        event = EvidenceAttached(
            seq=number,
            step=number,
            at=self.clock(),
            author=self.author,
            author_kind=self.author_kind,
            id=why.id,
            evidence=evidence,
            status=status,
        )
        self.journal.append((event,))
        self.state = apply(self.state, event)

    def mark_written(self) -> None:
        """Note that the record holds the session as it is now."""
        self.journal.append((), written=self.revision)
        self.written = self.revision


@contextmanager
def opened(
    sessions: Sessions[Event], session: str, material: Material, clock: Callable[[], datetime], *, wait: float = 0.0, **who: str
) -> Iterator[Session]:
    """Open a session, new or kept, and hold it. Raises RecordError when somebody else does, or when it cannot be read."""
    worklog = material.worklog
    with sessions.lock(session, wait):
        now = inputs_of(worklog)
        if session not in sessions.ids(worklog.id):
            state = replay(material, ())
            found = _made(sessions, session, state, Journal(sessions, session, worklog.id, clock()), clock, who, stamp=now)
            found.drafts = sessions.draft(session)
            yield found
            return
        kept = sessions.load(session)
        state = replay(material, kept.events)
        journal = Journal(sessions, session, worklog.id, clock(), kept)
        found = _made(sessions, session, state, journal, clock, who, stamp=None)
        found.drafts, found.requests, found.written = sessions.draft(session), kept.requests, kept.written
        found.notes = [*kept.faults, *changed_inputs(kept.inputs, now)]
        found.stamp = None if kept.inputs == now else now
        yield found


def _made(
    sessions: Sessions[Event],
    session: str,
    state: State,
    journal: Journal[Event],
    clock: Callable[[], datetime],
    who: Mapping[str, str],
    *,
    stamp: dict[str, str] | None,
) -> Session:
    kind: AuthorKind = "agent" if who.get("author_kind") == "agent" else "human"
    return Session(sessions, session, state, journal, clock, who.get("author", ""), kind, stamp=stamp)


# -- what a session rests on -------------------------------------------------------------------------------------------


def inputs_of(worklog: Worklog) -> dict[str, str]:
    """What a session rests on: the runs (their ids are hashes of the reports), and what is told apart as one failure."""
    runs = {run.id: run.id for run in worklog.runs}
    return runs | {cluster.id: f"{cluster.fingerprint} {len(cluster.cases)}" for cluster in worklog.clusters if cluster.failing}


def changed_inputs(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What is different now, in words."""
    if not before:
        return []
    told = []
    for words, names in (
        ("new since then", [name for name in now if name not in before]),
        ("gone since then", [name for name in before if name not in now]),
        ("changed since then", [name for name in now if name in before and now[name] != before[name]]),
    ):
        if names:
            more = f" and {len(names) - STALE_TOLD:,} more" if len(names) > STALE_TOLD else ""
            told.append(f"{words}: {', '.join(names[:STALE_TOLD])}{more}")
    return told


def look_again(session: Session) -> list[str]:
    """Look up all evidence again. What changed goes into the journal as such, and is told with the answer that rests on it."""
    own = session.state.draft.investigation
    told = []
    for why in own.whys if own else ():
        for evidence in why.evidence:
            now = session.state.material.resolve(evidence)
            differs = bool(evidence.sha256 and now.sha256 and now.sha256 != evidence.sha256)
            if evidence.state != "found" or not (differs or now.state in {"changed", "missing"}):
                continue
            gone = now.state == "missing"
            session.note_changed(why, evidence.model_copy(update={"state": "missing" if gone else "changed"}))
            what = "is gone" if gone else "has changed"
            told.append(f"why {why.id} is stale: {one_line(show_ref(evidence), 100)} {what} since it was attached")
    more = len(told) - STALE_TOLD
    return told[:STALE_TOLD] + ([f"and {more:,} more pieces of evidence have changed"] if more > 0 else [])


# -- which session -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as a list shows it. state: `draft`, `finished`, `unwritten` (finished, and not in the record yet) or `unreadable`."""

    id: str
    state: str
    events: int = 0
    opened_at: str = ""
    problem: str = ""


def listed(sessions: Sessions[Event], worklog: str) -> list[Listed]:
    """All sessions about a worklog, the oldest first."""
    found = []
    for session in sessions.ids(worklog):
        try:
            kept = sessions.load(session)
        except RecordError as error:
            found.append(Listed(session, "unreadable", problem=one_line(error.message)))
            continue
        problem = next((event.problem for event in reversed(kept.events) if event.type == "opened"), "")
        found.append(Listed(session, _standing(kept), len(kept.events), kept.opened_at, one_line(problem)))
    return found


def _standing(kept: Kept[Event]) -> str:
    """Whether a session is finished, by its events alone: the last content that holds is the end of it."""
    undone: set[int] = set()
    for event in kept.events:
        if event.type == "undone":
            undone.add(event.of)
        elif event.type == "redone":
            undone.discard(event.of)
    content = [event for event in kept.events if event.type not in {"undone", "redone", "moved"} and event.step not in undone]
    if not content or content[-1].type != "finished":
        return "draft"
    return "finished" if kept.written >= content[-1].seq else "unwritten"


def digest(document: object) -> str:
    """What tells one request from another."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
