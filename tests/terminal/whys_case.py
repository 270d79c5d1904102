"""The staging case of the demo, told whole: what somebody answers to each question, for all drivers alike."""

from __future__ import annotations

CASE = "case:pytest::tests.e2e.test_websocket_events::test_handshake_completes"

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
        "owner": "Dana",
        "due": "2027-01-15",
        "kind": "prevent",
        "done_when": "test_handshake_completes passes with the shared list",
    },
    "action:2": {
        "text": "Run the client's tests against the real gateway before each release",
        "owner": "Kim",
        "due": "2027-01-20",
        "kind": "detect",
        "done_when": "the job fails when a protocol is taken out",
    },
    "action:3": {
        "text": "Add the owners of the gateway to reviews of the protocol",
        "owner": "Kim",
        "due": "2027-02-01",
        "kind": "prevent",
        "done_when": "a change of the list asks both teams",
    },
    "lesson:1": {"text": "The message named the protocol that was refused.", "kind": "went well"},
}
# What is left open, since it is optional or not known yet.
LEFT_OPEN = ("fix", "action:4", "lesson:2")
