"""The staging case of the demo, told whole: what somebody answers to each question, for all drivers alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from rca.archive.journal import Sessions
from rca.config import Config
from rca.model import Match, Suspect, Worklog
from rca.terminal.whys import Spot
from rca.terminal.whys_session import Session, opened
from rca.whys import Answer, Command, Finish, Material, Skip, read_event, write_event
from rca.workflow import report
from tests.conftest import SAMPLES

ANSWERS: dict[str, dict[str, str]] = {
    "problem": {},
    "facts": {"impact": "Nobody on staging gets live events.", "severity": "high"},
    "why:1": {
        "answer": "The gateway refuses the handshake, since it is offered the subprotocol jwt-auth alone, which it does not support.",
        "evidence": "c1",
        "confidence": "high",
        "next": "why",
    },
    "why:1.1": {
        "answer": "The client offers the subprotocol jwt-auth only: the protocol events.v1 was taken out of the offer when protocols with a"
        " token were renamed.",
        "evidence": "1be27508bc4b",
        "confidence": "medium",
        "next": "why",
    },
    "why:1.1.1": {
        "answer": "The list of protocols that client and gateway share is written down twice, so a change of the client's offer is not"
        " seen by the gateway.",
        "evidence": "c1 1be27508bc4b",
        "confidence": "medium",
        "next": "within control",
        "level": "design",
    },
    "why:2": {
        "answer": "The tests of the client run against a stand-in of the gateway that accepts any subprotocol, so nothing fails before staging.",
        "evidence": "c1",
        "confidence": "medium",
        "next": "within control",
        "level": "process",
    },
    "why:3": {
        "answer": "A change of the protocol between client and gateway is released without a review of both sides, as no contract says that they"
        " fail together.",
        "evidence": "#412",
        "confidence": "low",
        "next": "within control",
        "level": "process",
    },
    "edge:1.1.1": {"verdict": "yes"},
    "edge:1.1": {"verdict": "yes"},
    "edge:1": {"verdict": "yes"},
    "edge:2": {"verdict": "yes"},
    "edge:3": {"verdict": "yes"},
    "root_cause": {
        "statement": "Client and gateway each hold a list of subprotocols of their own; the client's lost events.v1, and offers jwt-auth alone.",
        "category": "code",
        "actual": "Sec-WebSocket-Protocol: jwt-auth",
        "expected": "Sec-WebSocket-Protocol: events.v1, jwt-auth",
        "reference": "RFC 6455, section 4.1",
    },
    "prediction": {"failure_text": "unsupported subprotocol: jwt-auth"},
    "clusters": {},
    "fix": {},
    "action:1": {
        "text": "Move the list of subprotocols into the package that client and gateway share",
        "owner": "service team",
        "due": "2027-01-15",
        "kind": "prevent",
        "done_when": "test_handshake_completes passes with the shared list",
    },
    "action:2": {
        "text": "Run the client's tests against the real gateway before each release",
        "owner": "platform team",
        "due": "2027-01-20",
        "kind": "detect",
        "done_when": "the job fails when a protocol is taken out",
    },
    "action:3": {
        "text": "Add the owners of the gateway to reviews of the protocol",
        "owner": "platform team",
        "due": "2027-02-01",
        "kind": "prevent",
        "done_when": "a change of the list asks both teams",
    },
    "lesson:1": {"text": "The message named the protocol that was refused.", "kind": "went well"},
}
# What is left open, since it is optional or not known yet.
LEFT_OPEN = ("fix", "action:4", "lesson:2")

COMMIT = "1be27508bc4b000000000000000000000000abcd"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@cache
def worklog() -> Worklog:
    """The worklog of the sample reports, with a suspect and an issue that resembles the failure."""
    found, _ = report([str(SAMPLES / "reports")], Config(), now=AT, title="All tests on staging")
    first = found.clusters[0].model_copy(
        update={
            "suspects": (Suspect(commit=COMMIT, summary="Name all protocols that carry a token alike", score=0.4),),
            "matches": (Match(ref="#412", title="The gateway refuses protocols", score=0.9),),
        }
    )
    return found.model_copy(update={"clusters": (first, *found.clusters[1:])})


@cache
def material() -> Material:
    """All that the engine knows of it."""
    return Material(worklog())


class Script:
    """A plain reader that is given its texts; an exception among them is raised."""

    plain = True

    def __init__(self, *texts: str | type[BaseException]) -> None:
        self.texts = list(texts)
        self.asked: list[tuple[str, str]] = []

    def read(self, label: str, spot: Spot) -> str:
        self.asked.append((spot.question.id, spot.field.name))
        if not self.texts:
            raise EOFError
        text = self.texts.pop(0)
        if not isinstance(text, str):
            raise text
        return text or spot.value


class Answering(Script):
    """A reader that knows the case by heart, and leaves open what is not in it."""

    def read(self, label: str, spot: Spot) -> str:
        self.asked.append((spot.question.id, spot.field.name))
        assert len(self.asked) < 150, self.asked[-5:]
        if spot.question.kind == "review":
            return "finish"
        if spot.question.id in LEFT_OPEN:
            return ":skip"
        kind, _, number = spot.question.id.partition(":")
        known = ANSWERS[f"why:{number}" if kind == "next" else spot.question.id]
        return known.get(spot.field.name, spot.value)


@contextmanager
def session(folder: Path, **who: str) -> Iterator[Session]:
    """A session about the case, kept in a folder."""
    sessions = Sessions(folder, read_event, write_event)
    kept = sessions.ids()
    with opened(sessions, kept[-1] if kept else f"{worklog().id}.1", material(), lambda: AT, **who) as found:
        yield found


def play(found: Session, upto: str = "") -> None:
    """Answer as the case is told, up to (and without) a question."""
    while (ask := found.question) is not None and ask.id != upto:
        command: Command = Skip() if ask.id in LEFT_OPEN else Answer(ANSWERS[ask.id], ask.id) if ask.kind != "review" else Finish()
        outcome = found.do(command)
        assert not outcome.errors, (ask.id, outcome.errors)
