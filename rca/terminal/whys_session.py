"""A session of the five whys that is kept: each step goes into the journal before anybody sees the next question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rca.archive.journal import Drafts, Journal, Kept, Sessions
from rca.errors import RecordError
from rca.model import AuthorKind, Worklog
from rca.text.clean import one_line
from rca.whys import Change, Material, Outcome, Question, State, question, recheck, replay, revision, show_ref, step
from rca.whys.commands import Answer, Command
from rca.whys.engine import apply
from rca.whys.events import Event, Rechecked

STALE_TOLD = 10


@dataclass
class Session:
    """Somebody at work on one investigation.

    drafts: what was typed and not accepted, by question and field. notes: what to tell on resuming, in words. logs: the log files
    in which evidence is looked for; new_logs: those that the journal does not hold yet. asked_at: the revision before evidence was
    looked up again, for which somebody may have made an answer.
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
    logs: tuple[str, ...] = ()
    new_logs: tuple[str, ...] = ()
    asked_at: int = -1

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
            self._append(outcome.events, request)
            if request:
                self.requests[request[0]] = request[1]
        self.state = outcome.state
        # What was typed stays until it is answered: whoever goes elsewhere finds it again.
        answered = isinstance(command, Answer) and outcome.accepted
        if answered and asked and self.drafts.pop(asked.id, None) is not None:
            self.keep()
        return outcome

    def _append(self, events: Sequence[Event], request: tuple[int, str] | None = None) -> None:
        self.journal.append(events, request=request, inputs=self.stamp, logs=self.new_logs)
        self.stamp, self.new_logs = None, ()

    def keep_logs(self) -> None:
        """Put log files that were named just now into the journal, so that the next program has them too."""
        if self.new_logs:
            self._append(())

    def type(self, key: str, name: str, text: str) -> None:
        """Keep what is being typed into a field of a question."""
        if self.drafts.get(key, {}).get(name, "") != text:
            self.drafts.setdefault(key, {})[name] = text
            self.keep()

    def keep(self) -> None:
        """Put what is being typed beside the journal."""
        self.sessions.keep_draft(self.id, self.drafts)

    def look_again(self) -> list[str]:
        """Look up all evidence again. What is not what it was goes into the journal; told in words, with the answer that rests on it."""
        self.asked_at = self.revision
        changes = recheck(self.state)
        first = self.revision + 1
        at = self.clock()
        events = [
            Rechecked(seq=first + number, step=first, at=at, author="rca", id=change.why, evidence=change.now, status=change.status)
            for number, change in enumerate(changes)
        ]
        if events:
            self._append(events)
            for event in events:
                self.state = apply(self.state, event)
        more = f"and {len(changes) - STALE_TOLD:,} more pieces of evidence are not what they were"
        return [_told(change) for change in changes[:STALE_TOLD]] + [more] * (len(changes) > STALE_TOLD)

    def mark_written(self) -> None:
        """Note that the record holds the session as it is now."""
        self.journal.append((), written=self.revision)
        self.written = self.revision


@contextmanager
def opened(
    sessions: Sessions[Event],
    session: str,
    material: Material,
    clock: Callable[[], datetime],
    *,
    wait: float = 0.0,
    logs: Sequence[str] = (),
    **who: str,
) -> Iterator[Session]:
    """Open a session, new or kept, and hold it; `logs` are added to its own.

    Raises RecordError when somebody else holds it, or when it cannot be read.
    """
    worklog = material.worklog
    with sessions.lock(session, wait):
        now = inputs_of(worklog)
        if session not in sessions.ids(worklog.id):
            state = replay(material, ())
            found = _made(sessions, session, state, Journal(sessions, session, worklog.id, clock()), clock, who, stamp=now)
            found.drafts = sessions.draft(session)
            found.logs = found.new_logs = tuple(dict.fromkeys(logs))
            yield found
            return
        kept = sessions.load(session)
        state = replay(material, kept.events)
        journal = Journal(sessions, session, worklog.id, clock(), kept)
        found = _made(sessions, session, state, journal, clock, who, stamp=None)
        found.drafts, found.requests, found.written = sessions.draft(session), kept.requests, kept.written
        found.notes = [*kept.faults, *changed_inputs(kept.inputs, now)]
        found.stamp = None if kept.inputs == now else now
        found.logs = tuple(dict.fromkeys([*kept.logs, *logs]))
        found.new_logs = found.logs[len(kept.logs) :]
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


def _told(change: Change) -> str:
    ref = one_line(show_ref(change.now), 100)
    if change.now.state == "found":
        return f"why {change.why}: {ref} is there again, as it was attached"
    what = "is gone" if change.now.state == "missing" else "has changed since it was attached"
    return f"why {change.why} is stale: {ref} {what}: {one_line(change.now.reason, 300)}"


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
    content = [event for event in kept.events if event.type not in {"undone", "redone", "moved", "rechecked"} and event.step not in undone]
    if not content or content[-1].type != "finished":
        return "draft"
    return "finished" if kept.written >= content[-1].seq else "unwritten"


def digest(document: object) -> str:
    """What tells one request from another."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
